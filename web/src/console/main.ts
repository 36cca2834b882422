/** The organizer's page. */
import { showLive } from '../lib/live_page';
import Console from './Console.svelte';

void showLive(Console);

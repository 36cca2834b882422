/** The organizer's page. */
import { showLive } from '../lib/page';
import Console from './Console.svelte';

void showLive(Console);

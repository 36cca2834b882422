/** The registrar's page. */
import { showLive } from '../lib/live_page';
import Desk from './Desk.svelte';

void showLive(Desk);

/** The projector's page. */
import { showLive } from '../lib/live_page';
import Screen from './Screen.svelte';

void showLive(Screen);

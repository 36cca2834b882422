/** The projector's page. */
import { showLive } from '../lib/page';
import Screen from './Screen.svelte';

void showLive(Screen);

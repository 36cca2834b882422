/** The registrar's page. */
import { showLive } from '../lib/page';
import Desk from './Desk.svelte';

void showLive(Desk);

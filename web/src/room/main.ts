/** The participant's page. */
import { showLive } from '../lib/live_page';
import Room from './Room.svelte';

void showLive(Room);

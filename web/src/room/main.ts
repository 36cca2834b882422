/** The participant's page. */
import { showLive } from '../lib/page';
import Room from './Room.svelte';

void showLive(Room);

/** The first page: what this is, and the seats of this browser. */
import { show } from '../lib/page';
import Home from './Home.svelte';

show(Home, {});

/** The computer's end of a handoff: ballots that were chosen on a telephone are signed here. */
import { show } from '../lib/page';
import SignHere from './SignHere.svelte';

show(SignHere, {});

/** Sign-in by link: the token never leaves the fragment but in the body of one request. */
import { show } from '../lib/page';
import SignIn from './SignIn.svelte';

show(SignIn, {});

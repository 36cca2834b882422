/** The page that founds a meeting from files. */
import { seatOf, show } from '../lib/page';
import NewMeeting from './NewMeeting.svelte';

show(NewMeeting, { person: seatOf(location).person });

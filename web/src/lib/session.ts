/** The seats of this browser: who it has signed in as. */
import { get, post, remove } from './http';

export interface SeatInfo {
  meeting: string | null;
  person: string;
  role: 'practitioner' | 'organizer' | 'registrar' | 'participant' | 'observer' | 'screen';
  name: string;
  page: string;
}

export function signIn(token: string): Promise<SeatInfo> {
  return post<SeatInfo>('/api/session', { token });
}

export async function mySeats(): Promise<SeatInfo[]> {
  return (await get<{ seats: SeatInfo[] }>('/api/session')).seats;
}

export function signOut(): Promise<void> {
  return remove('/api/session');
}

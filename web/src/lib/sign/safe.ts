/** One value in the browser's database, which can hold a key that cannot be read out. */
import { SignError } from './provider';

export interface Safe<T> {
  read(): Promise<T | undefined>;
  write(value: T): Promise<void>;
}

const DATABASE = 'kvorum-sign';
const STORE = 'kept';

/** Throws SignError `storage_closed` where the browser allows no database (private windows of some). */
export function safeOf<T>(name: string): Safe<T> {
  return {
    read: () => inStore('readonly', (store) => store.get(name) as IDBRequest<T | undefined>),
    write: async (value) => void (await inStore('readwrite', (store) => store.put(value, name))),
  };
}

async function inStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  try {
    const database = await opened();
    const result = await done(act(database.transaction(STORE, mode).objectStore(STORE)));
    database.close();
    return result;
  } catch (error) {
    throw new SignError('storage_closed', String(error));
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

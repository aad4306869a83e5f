/**
 * Photos on their way to the server: kept in IndexedDB until it has them, so that neither a lost network nor
 * a closed browser loses one. Each belongs to a person, a document and a field.
 */
export interface Place {
  person: string;
  document: string;
  field: string;
}
export interface WaitingPhoto extends Place {
  id: number;
  file: File;
  /** When it was chosen, as ISO text. */
  at: string;
}

const STORE = "photos";
let opened: Promise<IDBDatabase> | undefined;

function asPromise<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("indexeddb"));
  });
}

function database(): Promise<IDBDatabase> {
  opened ??= (() => {
    const request = indexedDB.open("bihuan", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    return asPromise(request);
  })();
  return opened;
}

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  return (await database()).transaction(STORE, mode).objectStore(STORE);
}

async function all(): Promise<WaitingPhoto[]> {
  return asPromise((await store("readonly")).getAll() as IDBRequest<WaitingPhoto[]>);
}

/** Keeps a photo and answers its id; undefined where the browser keeps nothing (private windows, a full disk). */
export async function keepPhoto(place: Place, file: File): Promise<number | undefined> {
  try {
    const photo = { ...place, file, at: new Date().toISOString() };
    return Number(await asPromise((await store("readwrite")).add(photo)));
  } catch {
    return undefined;
  }
}

/** What waits for a field, oldest first. */
export async function photosOf(place: Place): Promise<WaitingPhoto[]> {
  try {
    return (await all()).filter(
      (each) => each.person === place.person && each.document === place.document && each.field === place.field,
    );
  } catch {
    return [];
  }
}

export async function dropPhoto(id: number): Promise<void> {
  await asPromise((await store("readwrite")).delete(id));
}

/** How many photos of a person wait on this machine, over all documents. */
export async function countPhotos(person: string): Promise<number> {
  try {
    return (await all()).filter((each) => each.person === person).length;
  } catch {
    return 0;
  }
}

/** Forgets the photos for which `done` holds. */
export async function forgetPhotos(done: (photo: WaitingPhoto) => boolean): Promise<void> {
  try {
    for (const photo of (await all()).filter(done)) await dropPhoto(photo.id);
  } catch {
    // Where nothing can be kept there is nothing to forget.
  }
}

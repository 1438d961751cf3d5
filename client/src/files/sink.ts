/** Where a file that comes is written to: to disk as it comes, or into memory. */

/** The largest file that is written to disk as it comes, and the largest kept in memory. */
export const MAX_ON_DISK = 2 * 1024 ** 3
export const MAX_IN_MEMORY = 200 * 1024 ** 2
/** Smaller files are downloads like others; for larger ones the user is asked where. */
const MIN_ON_DISK = 32 * 1024 ** 2

export interface Sink {
  write(block: Uint8Array<ArrayBuffer>): Promise<void>
  /** The file is whole. Returns its URL if it still has to be saved. */
  close(): Promise<string | undefined>
  /** The file will not be whole: leaves nothing of it. */
  abort(): void
}

type Picker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>

/** Asks where to save a file. Not in all browsers. */
const picker = () => (globalThis as { showSaveFilePicker?: Picker }).showSaveFilePicker

/** The largest file that this browser takes, in bytes; none on insecure pages, without hashes. */
export function maxFileSize(): number {
  if (!(crypto.subtle as SubtleCrypto | undefined)) return 0
  return picker() ? MAX_ON_DISK : MAX_IN_MEMORY
}

/** Asks the user where to write a large file. Undefined if they changed their mind. */
export async function openSink(name: string, size: number): Promise<Sink | undefined> {
  const pick = picker()
  if (!pick || size < MIN_ON_DISK) return new MemorySink(name)
  try {
    const handle = await pick.call(globalThis, { suggestedName: name })
    return new DiskSink(await handle.createWritable())
  } catch (error) {
    if ((error as Partial<Error>).name === 'AbortError') return undefined
    throw error
  }
}

function download(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}

/** Browsers show the file under its name only when it is closed. */
class DiskSink implements Sink {
  readonly #stream: FileSystemWritableFileStream

  constructor(stream: FileSystemWritableFileStream) {
    this.#stream = stream
  }

  write(block: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#stream.write(block)
  }

  async close(): Promise<undefined> {
    await this.#stream.close()
  }

  abort(): void {
    this.#stream.abort().catch(() => undefined)
  }
}

/** Browsers move large blobs to disk by themselves. */
class MemorySink implements Sink {
  readonly #name: string
  #blocks: Blob[] = []

  constructor(name: string) {
    this.#name = name
  }

  async write(block: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#blocks.push(new Blob([block]))
  }

  /** Whatever it is called, the browser is told no type, so it shows nothing of it. */
  async close(): Promise<string> {
    const blob = new Blob(this.#blocks, { type: 'application/octet-stream' })
    const url = URL.createObjectURL(blob)
    download(url, this.#name)
    return url
  }

  abort(): void {
    this.#blocks = []
  }
}

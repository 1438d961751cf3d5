/**
 * The commands of a page that shows the call page in a frame, version 1. Pages are
 * written from docs/embedding.md, which lists them all.
 */
import { shownName } from 'vidchat-kit'

/** What every message in either direction has as its `vidchat`. */
export const VERSION = 1

export type Command =
  | {
      do: 'join'
      /** Undefined keeps the last one that was entered. */
      name: string | undefined
      microphone: boolean | undefined
      camera: boolean | undefined
    }
  | { do: 'mute' | 'unmute'; device: 'microphone' | 'camera' }
  | { do: 'leave' | 'report' }

/** The number or text by which a command and its answer are matched. */
export type CommandId = number | string

export type Reading =
  { id: CommandId; command: Command } | { id: CommandId; refusal: 'unknown-version' | 'invalid' }

/** Longer texts are no ids, and no names. */
const MAX_ID = 64
const MAX_NAME_LENGTH = 256

/** Reads a message; undefined if it is none for us, or has no id to answer to. */
export function readCommand(data: unknown): Reading | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const message = data as Record<string, unknown>
  const { id, vidchat } = message
  if (vidchat === undefined || !isId(id)) return undefined
  if (vidchat !== VERSION) return { id, refusal: 'unknown-version' }
  const command = commandIn(message)
  return command ? { id, command } : { id, refusal: 'invalid' }
}

function isId(id: unknown): id is CommandId {
  return Number.isSafeInteger(id) || (typeof id === 'string' && id !== '' && id.length <= MAX_ID)
}

function commandIn(message: Record<string, unknown>): Command | undefined {
  switch (message.do) {
    case 'join':
      return joinIn(message)
    case 'mute':
    case 'unmute':
      return message.device === 'microphone' || message.device === 'camera'
        ? { do: message.do, device: message.device }
        : undefined
    case 'leave':
    case 'report':
      return { do: message.do }
    default:
      return undefined
  }
}

function joinIn({ name, microphone, camera }: Record<string, unknown>): Command | undefined {
  if (!isOptional(name, 'string') || !isOptional(microphone, 'boolean')) return undefined
  if (!isOptional(camera, 'boolean')) return undefined
  const isTooLong = name !== undefined && name.length > MAX_NAME_LENGTH
  if (isTooLong) return undefined
  return { do: 'join', name: name === undefined ? name : shownName(name), microphone, camera }
}

interface Types {
  string: string
  boolean: boolean
}

function isOptional<Type extends keyof Types>(
  value: unknown,
  type: Type,
): value is Types[Type] | undefined {
  return value === undefined || typeof value === type
}

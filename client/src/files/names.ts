/** The names of files that others send: a name, and nothing that works in other ways. */

/** The longest name, in characters, and of that the longest ending. */
const MAX_NAME = 120
const MAX_ENDING = 16
/** What is read of each end of a longer name, in UTF-16 units. */
const MAX_READ = 256

/** Characters that are not seen, or change how others are shown; and what is no text. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** What some file system gives a meaning to. */
const SPECIAL = /[<>:"|?*]/g
/** Names of devices in Windows, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i
const MARKS = /(\p{M}{3})\p{M}+/gu

/** The name to show, and to save the file by: without a path, and never empty. */
export function fileName(value: unknown): string {
  const given = typeof value === 'string' ? value : ''
  const last = given.split(/[/\\\u2044\u2215\u29f8\uff0f\uff3c]/).at(-1) ?? ''
  const isShort = last.length <= 2 * MAX_READ
  const visible = (isShort ? last : last.slice(0, MAX_READ) + last.slice(-MAX_READ))
    .replace(HIDDEN, '')
    .replace(SPECIAL, '_')
    .replace(/[\s\u2800]+/gu, ' ')
  const name = shorten(visible.normalize('NFC').replace(MARKS, '$1'))
  if (!/[\p{L}\p{N}]/u.test(name)) return 'file'
  return DEVICE.test(name) ? `_${name}` : name
}

/** Windows drops dots and spaces at the end, others hide a name with a dot in front. */
function trimmed(name: string): string {
  const isKept = (at: number) => name[at] !== '.' && name[at] !== ' '
  let [begin, end] = [0, name.length]
  while (begin < end && !isKept(begin)) begin++
  while (end > begin && !isKept(end - 1)) end--
  return name.slice(begin, end)
}

/** A long name loses its middle, so that its ending still tells what it is. */
function shorten(name: string): string {
  const characters = [...trimmed(name)]
  if (characters.length <= MAX_NAME) return characters.join('')
  const dot = characters.lastIndexOf('.')
  const ending = dot > 0 && characters.length - dot <= MAX_ENDING ? characters.slice(dot) : []
  const begin = characters.slice(0, MAX_NAME - ending.length).join('')
  return trimmed(begin + ending.join(''))
}

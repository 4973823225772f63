// The name a guest gives himself. It becomes his nickname in the room, which is a resourcepart (RFC 7622 §3.4): what that
// has no place for, and what nobody would see, is taken away before it is sent.

export const nameCharacters = 60
const nameBytes = 120 // the room's limit is 128, and a number may follow

export type NameProblem = 'empty' | 'long'

/** tidy gives a name one form: no line breaks, no marks that turn the text around, nothing invisible, few marks on a letter. */
export function tidy(raw: string): string {
  return raw
    .normalize('NFC')
    .replace(/[\s\u2800]+/gu, ' ')
    .replace(/\p{Default_Ignorable_Code_Point}|\p{C}/gu, '')
    .replace(/(\p{M}{4})\p{M}+/gu, '$1')
    .replace(/ {2,}/g, ' ')
    .trim()
}

/** problem says what is wrong with a tidy name. */
export function problem(name: string): NameProblem | undefined {
  if (!/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(name)) return 'empty'
  if ([...name].length > nameCharacters || new TextEncoder().encode(name).length > nameBytes) return 'long'
  return undefined
}

/** How many names are tried: the server lets a guest knock twelve times a minute. */
export const nameTries = 8

/** nickname is what to be called in the given attempt (1, 2, …): "Sofia", "Sofia 2" … "Sofia 4", and then some higher number. */
export function nickname(name: string, attempt: number, random: () => number = Math.random): string {
  if (attempt < 2) return name
  return `${name} ${attempt <= 4 ? attempt : 5 + Math.floor(random() * 995)}`
}

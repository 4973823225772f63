/** A Problem names why there is no microphone or camera, so that pages can say what to do about it. */
export type Problem =
  | 'dismissed' // the question was closed without an answer
  | 'blocked' // by the user, for this page
  | 'system' // by the operating system or an administrator, for this browser
  | 'missing' // there is none
  | 'busy' // another program has it, or it does not work
  | 'insecure' // the page did not come over HTTPS
  | 'failed'

/** problemOf names the error of getUserMedia (Media Capture and Streams §10.3.2). Browsers tell some cases apart by words alone. */
export function problemOf(e: unknown): Problem {
  const { name, message } = e instanceof Error || e instanceof DOMException ? e : { name: '', message: '' }
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      if (/system|policy/i.test(message)) return 'system'
      return /dismissed/i.test(message) ? 'dismissed' : 'blocked'
    case 'SecurityError':
      return 'system'
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'missing'
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy'
  }
  return 'failed'
}

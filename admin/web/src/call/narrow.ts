import type { Content, Payload } from './description'

const feedback = ['nack', 'nack pli', 'ccm fir', 'transport-cc', 'goog-remb']

/** Header extensions that the server understands. Not the mid: Firefox lets nobody choose it, and sources and rids say what a stream is. */
const extensions = [
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
]

function parameter(p: Payload, name: string): string {
  return p.parameters.find(([n]) => n === name)?.[1] ?? ''
}

/** wanted is one of the codecs that conferences speak: Opus, VP8 and constrained baseline H.264. */
function wanted(p: Payload): boolean {
  const name = p.name.toLowerCase()
  if (name === 'h264') return parameter(p, 'packetization-mode') === '1' && /^42[ce]0/i.test(parameter(p, 'profile-level-id'))
  return name === 'opus' || name === 'vp8'
}

/** forConference leaves of a content what a conference takes: a browser offers forty codecs for each of fourteen contents. It says what is a screen (XEP-0507). */
export function forConference(c: Content): Content {
  const codecs = c.payloads.filter(wanted)
  const repair = (p: Payload): boolean => p.name.toLowerCase() === 'rtx' && codecs.some((of) => String(of.id) === parameter(p, 'apt'))
  return {
    ...c,
    categories: c.name.startsWith('screen') ? ['slides'] : [],
    payloads: c.payloads
      .filter((p) => codecs.includes(p) || repair(p))
      .map((p) => ({ ...p, feedback: p.feedback.filter((f) => feedback.includes(`${f.type} ${f.subtype}`.trim())) })),
    extensions: c.extensions.filter((x) => extensions.includes(x.uri)),
  }
}

/** forPeers leaves out what no other client has use for: error correction in streams of its own, and rare forms of H.264. */
export function forPeers(c: Content): Content {
  const odd = (p: Payload): boolean =>
    /^(red|ulpfec|flexfec)/i.test(p.name) || (/^h264$/i.test(p.name) && (parameter(p, 'packetization-mode') !== '1' || !/^42/.test(parameter(p, 'profile-level-id'))))
  const out = c.payloads.filter(odd).map((p) => String(p.id))
  return { ...c, payloads: c.payloads.filter((p) => !out.includes(String(p.id)) && !(p.name === 'rtx' && out.includes(parameter(p, 'apt')))) }
}

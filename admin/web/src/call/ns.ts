// Namespaces of calls.
export const J = {
  jingle: 'urn:xmpp:jingle:1', // XEP-0166
  errors: 'urn:xmpp:jingle:errors:1',
  rtp: 'urn:xmpp:jingle:apps:rtp:1', // XEP-0167
  info: 'urn:xmpp:jingle:apps:rtp:info:1',
  feedback: 'urn:xmpp:jingle:apps:rtp:rtcp-fb:0', // XEP-0293
  extensions: 'urn:xmpp:jingle:apps:rtp:rtp-hdrext:0', // XEP-0294
  sources: 'urn:xmpp:jingle:apps:rtp:ssma:0', // XEP-0339
  ice: 'urn:xmpp:jingle:transports:ice-udp:1', // XEP-0176
  dtls: 'urn:xmpp:jingle:apps:dtls:0', // XEP-0320
  grouping: 'urn:xmpp:jingle:apps:grouping:0', // XEP-0338
  category: 'urn:xmpp:jingle:apps:category:0', // XEP-0507
  message: 'urn:xmpp:jingle-message:0', // XEP-0353
  services: 'urn:xmpp:extdisco:2', // XEP-0215
  rid: 'urn:plenum:rtp:rid:0', // simulcast of this server's pages
  layers: 'urn:plenum:rtp:layers:0', // which of them somebody shows
  conference: 'urn:plenum:conference:0',
  hints: 'urn:xmpp:hints', // XEP-0334
} as const

/** What a client that takes calls announces (XEP-0030). */
export const features: readonly string[] = [
  J.jingle, J.message, J.rtp, J.rtp.replace(/1$/, 'audio'), J.rtp.replace(/1$/, 'video'), J.dtls, J.ice, J.feedback, J.extensions, J.sources,
  J.grouping,
]

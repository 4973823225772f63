// Namespaces that the client speaks.
export const NS = {
  framing: 'urn:ietf:params:xml:ns:xmpp-framing', // RFC 7395
  streams: 'http://etherx.jabber.org/streams', // RFC 6120
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  stanzaErrors: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  client: 'jabber:client',
  sm: 'urn:xmpp:sm:3', // XEP-0198
  ping: 'urn:xmpp:ping', // XEP-0199
  group: 'urn:plenum:group:0', // ours: what a room says beyond its conditions
  disco: 'http://jabber.org/protocol/disco#info', // XEP-0030
} as const

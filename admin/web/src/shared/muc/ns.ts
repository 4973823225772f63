// Namespaces of rooms and of what people say in them.
export const MUC = {
  join: 'http://jabber.org/protocol/muc', // XEP-0045
  user: 'http://jabber.org/protocol/muc#user',
  occupantID: 'urn:xmpp:occupant-id:0', // XEP-0421
  hats: 'urn:xmpp:hats:0', // XEP-0317
  stanzaID: 'urn:xmpp:sid:0', // XEP-0359
  delay: 'urn:xmpp:delay', // XEP-0203
  replace: 'urn:xmpp:message-correct:0', // XEP-0308
  retract: 'urn:xmpp:message-retract:1', // XEP-0424
  moderate: 'urn:xmpp:message-moderate:1', // XEP-0425
  states: 'http://jabber.org/protocol/chatstates', // XEP-0085
  hints: 'urn:xmpp:hints', // XEP-0334
  encryption: 'urn:xmpp:eme:0', // XEP-0380
  conference: 'urn:plenum:conference:0', // what a room's conference says in its presence
} as const

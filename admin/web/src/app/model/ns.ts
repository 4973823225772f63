// Namespaces that users' pages speak besides those of the connection and of rooms.
export const APP = {
  roster: 'jabber:iq:roster', // RFC 6121
  carbons: 'urn:xmpp:carbons:2', // XEP-0280
  forward: 'urn:xmpp:forward:0', // XEP-0297
  mam: 'urn:xmpp:mam:2', // XEP-0313
  rsm: 'http://jabber.org/protocol/rsm', // XEP-0059
  form: 'jabber:x:data', // XEP-0004
  pubsub: 'http://jabber.org/protocol/pubsub', // XEP-0060
  pubsubEvent: 'http://jabber.org/protocol/pubsub#event',
  bookmarks: 'urn:xmpp:bookmarks:1', // XEP-0402
  receipts: 'urn:xmpp:receipts', // XEP-0184
  caps: 'http://jabber.org/protocol/caps', // XEP-0115
  mucAdmin: 'http://jabber.org/protocol/muc#admin', // XEP-0045
  mucOwner: 'http://jabber.org/protocol/muc#owner',
  mucConfig: 'http://jabber.org/protocol/muc#roomconfig',
  group: 'urn:plenum:group:0', // what is ours in a room's configuration
  app: 'urn:plenum:app:0', // docs/apps.md
  phone: 'urn:plenum:phone:0', // what somebody's telephones do
  profile: 'urn:plenum:profile:0', // the profile that somebody is in
} as const

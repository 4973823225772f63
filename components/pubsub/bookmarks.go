package pubsub
// NSBookmarks is the node of native bookmarks.
const NSBookmarks = "urn:xmpp:bookmarks:1"

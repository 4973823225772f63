import { child, children, attr, text } from '../../shared/xmpp/xml'
import { APP } from './ns'

/** A Bookmark is a group that one is in (XEP-0402). */
export interface Bookmark {
  readonly room: string
  readonly name: string
  readonly autojoin: boolean
  readonly nick: string // '' for one's own name
}

/** readBookmarks is what an answer of the node has. */
export function readBookmarks(iq: Element): Bookmark[] {
  const items = child(child(iq, APP.pubsub, 'pubsub'), APP.pubsub, 'items')
  return items ? children(items, APP.pubsub, 'item').flatMap(readItem) : []
}

/** What has changed among them. */
export interface Change {
  readonly set: readonly Bookmark[]
  readonly gone: readonly string[] // rooms
}

/** readChange is what an event of the node says; undefined when it is none of that node. */
export function readChange(message: Element): Change | undefined {
  const event = child(message, APP.pubsubEvent, 'event')
  const purged = child(event, APP.pubsubEvent, 'purge') ?? child(event, APP.pubsubEvent, 'delete')
  const items = child(event, APP.pubsubEvent, 'items')
  if (!items || purged || attr(items, 'node') !== APP.bookmarks) return undefined
  return {
    set: children(items, APP.pubsubEvent, 'item').flatMap(readItem),
    gone: children(items, APP.pubsubEvent, 'retract').map((r) => attr(r, 'id')),
  }
}

function readItem(item: Element): Bookmark[] {
  const c = child(item, APP.bookmarks, 'conference')
  const room = attr(item, 'id')
  if (!c || !room.includes('@')) return []
  const on = attr(c, 'autojoin')
  return [{ room, name: attr(c, 'name').trim(), autojoin: on === 'true' || on === '1', nick: text(c, APP.bookmarks, 'nick')?.trim() ?? '' }]
}

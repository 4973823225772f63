package cluster

import "github.com/redis/go-redis/v9"

// Keys, all behind the prefix P. A member is one life of a node, written id/epoch.
//
//	node:ID          epoch; expires: the node lives as long as this key
//	nodes            hash: id -> epoch of all members that nobody has buried yet
//	dying            hash: member -> the member that buries it
//	epoch, fence     the greatest number given out
//	sess:BARE        hash: resource -> "member priority bits flags sid"
//	nodesess:MEMBER  set: full JIDs of the member's sessions
//	inbox:MEMBER     stream: envelopes for the member that it has not handled
//	lease:KEY        "member fence"; expires
//	sweep            who looks for leftovers; expires
//
// Channels: inval (sessions of a user have changed), bus (published envelopes), ctl (members have changed), alive:ID (nobody
// writes there; the subscription of a node shows that its process is connected).
//
// Scripts name keys by themselves instead of taking them as KEYS, since which ones they touch depends on what they read. That
// keeps the data on one Redis server.

// scriptHead has what the scripts share. Numbers are formatted by hand because Lua would write large ones as 1.7e+15.
const scriptHead = `
local P = ARGV[1]
local function split(member) return string.match(member, '^(.*)/(%d+)$') end
local function holder(value) return string.match(value, '^(%S+)') end
local function sid(value) return string.match(value, '^%S+ %S+ %S+ %S+ (.*)$') end
local function living(member)
  local id, epoch = split(member)
  return id and redis.call('GET', P..'node:'..id) == epoch
end
local function listed(member)
  local id, epoch = split(member)
  return id and redis.call('HGET', P..'nodes', id) == epoch
end
local function changed(me, bare, resource, old)
  local id = split(me)
  redis.call('PUBLISH', P..'inval', table.concat({id, bare, old and holder(old) or '', resource, old and sid(old) or ''}, '\n'))
end
local function after(last)
  local t = redis.call('TIME')
  local n = tonumber(t[1]) * 1000000 + tonumber(t[2])
  last = tonumber(last or 0) or 0
  if n <= last then n = last + 1 end
  return n
end
local function text(n) return string.format('%.0f', n) end
`

func script(body string) *redis.Script { return redis.NewScript(scriptHead + body) }

// Epochs and fences are the time in microseconds, and more than the last one: they grow over a Redis that lost its data.
var (
	// ARGV: id, TTL in ms, epoch of a former life that is known to have ended (or empty), epoch to exceed.
	joinScript = script(`
local id, ttl, ended, atleast = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local cur = redis.call('GET', P..'node:'..id)
if cur and cur ~= ended then return {'taken', cur, redis.call('PTTL', P..'node:'..id)} end
local prev = redis.call('HGET', P..'nodes', id)
local last = tonumber(redis.call('GET', P..'epoch') or '0')
for _, e in ipairs({atleast, prev or '0'}) do
  if tonumber(e) > last then last = tonumber(e) end
end
local epoch = text(after(last))
redis.call('SET', P..'epoch', epoch)
redis.call('SET', P..'node:'..id, epoch, 'PX', ttl)
redis.call('HSET', P..'nodes', id, epoch)
if prev then redis.call('HSET', P..'dying', id..'/'..prev, id..'/'..epoch) end
redis.call('PUBLISH', P..'ctl', id)
return {'ok', epoch, prev or ''}`)

	// ARGV: id, epoch, TTL in ms. Returns the members (id, epoch, 1 when it lives) and the dying (member, 1 when its burier lives).
	beatScript = script(`
local id, epoch, ttl = ARGV[2], ARGV[3], ARGV[4]
local cur = redis.call('GET', P..'node:'..id)
if cur and cur ~= epoch then return {'taken', cur} end
if not listed(id..'/'..epoch) then return {'gone'} end
redis.call('SET', P..'node:'..id, epoch, 'PX', ttl)
local members, dying = {}, {}
local all = redis.call('HGETALL', P..'nodes')
for i = 1, #all, 2 do
  members[#members+1] = all[i]
  members[#members+1] = all[i+1]
  members[#members+1] = living(all[i]..'/'..all[i+1]) and '1' or '0'
end
all = redis.call('HGETALL', P..'dying')
for i = 1, #all, 2 do
  dying[#dying+1] = all[i]
  dying[#dying+1] = living(all[i+1]) and '1' or '0'
end
return {'ok', members, dying}`)

	// ARGV: member. After this nobody can send to it; the last entry of its inbox says so.
	leaveScript = script(`
local me = ARGV[2]
local id = split(me)
if living(me) then redis.call('DEL', P..'node:'..id) end
if listed(me) then redis.call('HDEL', P..'nodes', id) end
redis.call('XADD', P..'inbox:'..me, '*', 'end', '1')
redis.call('PUBLISH', P..'ctl', id)
return 1`)

	// ARGV: dead member, own member. 1 when the caller is the one that buries it.
	claimScript = script(`
local dead, me = ARGV[2], ARGV[3]
local burier = redis.call('HGET', P..'dying', dead)
if burier then
  if living(burier) then return 0 end
else
  if not listed(dead) or living(dead) then return 0 end
  redis.call('HDEL', P..'nodes', (split(dead)))
end
redis.call('HSET', P..'dying', dead, me)
redis.call('PUBLISH', P..'ctl', dead)
return 1`)

	// ARGV: member, full JIDs. Removes those sessions of the member.
	removeScript = script(`
local member = ARGV[2]
for i = 3, #ARGV do
  local bare, resource = string.match(ARGV[i], '^([^/]*)/(.*)$')
  local old = redis.call('HGET', P..'sess:'..bare, resource)
  if old and holder(old) == member then
    redis.call('HDEL', P..'sess:'..bare, resource)
    changed(member, bare, resource, old)
  end
  redis.call('SREM', P..'nodesess:'..member, ARGV[i])
end
return 1`)

	// ARGV: member. Forgets a member whose sessions are removed and whose inbox was read.
	forgetScript = script(`
redis.call('DEL', P..'inbox:'..ARGV[2], P..'nodesess:'..ARGV[2])
redis.call('HDEL', P..'dying', ARGV[2])
return 1`)

	// ARGV: member, bare, resource, value, 1 to leave an entry alone that another living node has. Returns
	// 1 when the session is entered, and the entry that was there.
	bindScript = script(`
local me, bare, resource, value, yield = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local full = bare..'/'..resource
if not listed(me) then return redis.error_reply('GONE not a member') end
local old = redis.call('HGET', P..'sess:'..bare, resource)
if old and holder(old) ~= me then
  if yield == '1' and living(holder(old)) then
    redis.call('SREM', P..'nodesess:'..me, full)
    return {0, old}
  end
  redis.call('SREM', P..'nodesess:'..holder(old), full)
end
redis.call('HSET', P..'sess:'..bare, resource, value)
redis.call('SADD', P..'nodesess:'..me, full)
changed(me, bare, resource, old)
return {1, old or ''}`)

	// ARGV: member, bare, resource, value. Only when the entry has the same SID.
	updateScript = script(`
local me, bare, resource, value = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local old = redis.call('HGET', P..'sess:'..bare, resource)
if not old or sid(old) ~= sid(value) then return 0 end
redis.call('HSET', P..'sess:'..bare, resource, value)
changed(me, bare, resource)
return 1`)

	// ARGV: member, bare, resource, SID (empty: whichever).
	unbindScript = script(`
local me, bare, resource, s = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local old = redis.call('HGET', P..'sess:'..bare, resource)
if not old or holder(old) ~= me then
  redis.call('SREM', P..'nodesess:'..me, bare..'/'..resource)
  return 0
end
if s ~= '' and sid(old) ~= s then return 0 end
redis.call('HDEL', P..'sess:'..bare, resource)
redis.call('SREM', P..'nodesess:'..me, bare..'/'..resource)
changed(me, bare, resource)
return 1`)

	// ARGV: receiver's member, limit, envelopes. -1: the receiver is gone. 0: its inbox is full. All or nothing.
	sendScript = script(`
local to, limit = ARGV[2], tonumber(ARGV[3])
if not listed(to) then return -1 end
local inbox = P..'inbox:'..to
if redis.call('XLEN', inbox) + #ARGV - 3 > limit then return 0 end
for i = 4, #ARGV do redis.call('XADD', inbox, '*', 'e', ARGV[i]) end
return 1`)

	// ARGV: key, member, TTL in ms. Returns the owner's member and, when that is the caller, the fence.
	acquireScript = script(`
local key, me, ttl = P..'lease:'..ARGV[2], ARGV[3], ARGV[4]
local cur = redis.call('GET', key)
if cur and (split(holder(cur))) ~= (split(me)) then return {holder(cur), ''} end
local fence = text(after(redis.call('GET', P..'fence')))
redis.call('SET', P..'fence', fence)
redis.call('SET', key, me..' '..fence, 'PX', ttl)
return {me, fence}`)

	// ARGV: TTL in ms, then key and value of each lease. Returns the keys that are no longer held with this value.
	renewScript = script(`
local lost = {}
for i = 3, #ARGV, 2 do
  local key = P..'lease:'..ARGV[i]
  if redis.call('GET', key) == ARGV[i+1] then
    redis.call('PEXPIRE', key, ARGV[2])
  else
    lost[#lost+1] = ARGV[i]
  end
end
return lost`)

	// ARGV: key and value of each lease.
	releaseScript = script(`
for i = 2, #ARGV, 2 do
  local key = P..'lease:'..ARGV[i]
  if redis.call('GET', key) == ARGV[i+1] then redis.call('DEL', key) end
end
return 1`)
)

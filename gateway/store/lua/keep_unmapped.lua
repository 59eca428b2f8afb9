-- Keeps a body that no mapping could use. It raises an alarm if its source had none for a while before. Uses the
-- functions of `call` and `counters`.
--
-- Reads  KEEP_UNMAPPED_KEYS, KEEP_UNMAPPED_ARGS
-- Returns {'kept', id}
--         or {'known', id}   the same body came less than same_ms ago, and is still stored
--         or {'full', ''}    the source has as many bodies, or bytes, as it may have; nothing was stored

local KEEP_UNMAPPED_KEYS = {'entry', 'bodies', 'same', 'sizes', 'newest', 'alarms'}
-- same_ms: for how long the same body counts as known. quiet_ms: how long a source must have had none for an alarm.
local KEEP_UNMAPPED_ARGS = {'id', 'source', 'reason', 'why', 'document', 'lives_s', 'same_ms', 'quiet_ms', 'max_number',
  'max_bytes'}

local call = read_args(KEEP_UNMAPPED_ARGS, read_keys(KEEP_UNMAPPED_KEYS))
local known = redis.call('GET', call.same)
if known and redis.call('ZSCORE', call.bodies, known) then return {'known', known} end
local size = #call.document
local held = tonumber(redis.call('HGET', call.sizes, call.source) or '0')
if redis.call('ZCARD', call.bodies) >= tonumber(call.max_number) or held + size > tonumber(call.max_bytes) then
  return {'full', ''}
end
redis.call('HSET', call.entry, 'source', call.source, 'reason', call.reason, 'why', call.why, 'received', now, 'size',
  size, 'document', call.document)
redis.call('EXPIRE', call.entry, call.lives_s)
redis.call('ZADD', call.bodies, now, call.id)
redis.call('HINCRBY', call.sizes, call.source, size)
if tonumber(call.same_ms) > 0 then redis.call('SET', call.same, call.id, 'PX', call.same_ms) end
local newest = redis.call('HGET', call.newest, call.source)
redis.call('HSET', call.newest, call.source, now)
if not newest or now - newest > tonumber(call.quiet_ms) then
  redis.call('RPUSH', call.alarms, table.concat({'unmapped', call.source, call.id, now, call.why}, ' '))
end
count('unmapped', call.source .. ' ' .. call.reason)
save_counts()
return {'kept', call.id}

-- Removes deliveries and events that were accepted more than a retention ago from a source's indexes and from the
-- indexes of lists. A delivery that still waits is kept for another retention, together with its event; both stay in
-- the indexes, with the present time. Uses the functions of `call`, `keeping` and `indexes`.
--
-- A list's index is trimmed whenever one of its entries has expired in the source's index. Entries that still wait are
-- trimmed from it too, and are added again when this script comes to them in the source's index.
--
-- Reads  TRIM_KEYS, TRIM_ARGS
-- Returns {number of entries that were removed, number of entries that were looked at}

local TRIM_KEYS = {'events', 'deliveries'}
local TRIM_ARGS = {'retention_s', 'most', 'delivery_prefix', 'event_prefix'}

local call = read_args(TRIM_ARGS, read_keys(TRIM_KEYS))
local WAITS = {held = true, waiting = true, sending = true}
local before = now - call.retention_s * 1000
local trimmed = {} -- names of the indexes that this call has trimmed

local function trim_index(name)
  if trimmed[name] then return end
  trimmed[name] = true
  redis.call('ZREMRANGEBYSCORE', indexes.index_prefix .. name, '-inf', before)
end

local function oldest(key)
  return redis.call('ZRANGE', key, '-inf', before, 'BYSCORE', 'LIMIT', 0, call.most)
end

local ids, done, waiting = oldest(call.deliveries), {}, {}
for _, id in ipairs(ids) do
  local key = call.delivery_prefix .. id
  local held = redis.call('HMGET', key, 'state', 'event', 'target')
  if held[3] then trim_index('target:' .. held[3]) end
  if WAITS[held[1]] then
    waiting[#waiting + 1] = {id, key, held[1] == 'held' and 'held' or 'open', held[2], held[3]}
  else
    done[#done + 1] = id
  end
end
trim_index('dropped')
trim_index('discarded')
for _, delivery in ipairs(waiting) do
  local id, key, state, digest, target = unpack(delivery)
  keep(key, call.event_prefix .. digest, indexes.lives_s)
  redis.call('ZADD', call.deliveries, now, id)
  redis.call('ZADD', call.events, now, digest)
  add_to_state(state, now, id)
  add_to_target(target, now, id)
  for name in each_index(redis.call('HGET', call.event_prefix .. digest, 'indexes')) do
    trim_index(name)
    add_to_index(name, now, digest)
  end
end
local gone, looked_at = #done, #ids
if gone > 0 then redis.call('ZREM', call.deliveries, unpack(done)) end
if #ids < tonumber(call.most) then
  -- Only after all deliveries: the event of one that waits was given the present time above, and is kept.
  local digests = oldest(call.events)
  for _, digest in ipairs(digests) do
    for name in each_index(redis.call('HGET', call.event_prefix .. digest, 'indexes')) do trim_index(name) end
  end
  if #digests > 0 then gone = gone + redis.call('ZREM', call.events, unpack(digests)) end
  looked_at = math.max(looked_at, #digests)
end
return {gone, looked_at}

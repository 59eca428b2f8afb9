-- Removes the oldest events of a source before their retention ends, but only those whose deliveries were all
-- delivered, dropped or discarded. An event with a delivery that waits or is dead stays. Uses the functions of `call`
-- and `indexes`.
--
-- Reads  EVICT_KEYS, EVICT_ARGS
-- Returns {how many events were removed, how many were looked at}

local EVICT_KEYS = {'events', 'deliveries'}
-- before_ms: later events stay. passed_over: how many of the oldest to skip. most: how many to look at after those.
local EVICT_ARGS = {'before_ms', 'passed_over', 'most', 'event_prefix', 'delivery_prefix'}

local call = read_args(EVICT_ARGS, read_keys(EVICT_KEYS))
local STAYS = {held = true, waiting = true, sending = true, dead = true}

local forgotten = 0
local digests = redis.call('ZRANGE', call.events, '-inf', '(' .. call.before_ms, 'BYSCORE', 'LIMIT', call.passed_over,
  call.most)
for _, digest in ipairs(digests) do
  local event_key = call.event_prefix .. digest
  local may_go, ids, states, names = true, {}, {}, {event_key}
  local event = redis.call('HMGET', event_key, 'answer', 'indexes')
  local deliveries = event[1] and cjson.decode(event[1]).deliveries or {}
  for i, delivery in ipairs(deliveries) do
    ids[i], names[i + 1] = delivery.id, call.delivery_prefix .. delivery.id
    states[i] = redis.call('HGET', names[i + 1], 'state')
    may_go = may_go and not STAYS[states[i]]
  end
  if may_go then
    redis.call('UNLINK', unpack(names))
    redis.call('ZREM', call.events, digest)
    if #ids > 0 then redis.call('ZREM', call.deliveries, unpack(ids)) end
    for name in each_index(event[2]) do remove_from_index(name, digest) end
    for i, delivery in ipairs(deliveries) do
      remove_from_index('target:' .. delivery.target, delivery.id)
      if states[i] == 'dropped' or states[i] == 'discarded' then remove_from_index(states[i], delivery.id) end
    end
    forgotten = forgotten + 1
  end
end
return {forgotten, #digests}

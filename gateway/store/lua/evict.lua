-- Forgets the oldest events of a source before their retention ends: those whose deliveries were all delivered,
-- dropped or discarded. What still waits, or is dead and unread, stays.
--
-- KEYS  1 events:<source>  2 deliveries:<source>
-- ARGV  1 accepted before this (ms)  2 how many of the oldest are passed over  3 how many are looked at
--       4 prefix of event keys  5 prefix of delivery keys
-- Returns {how many were forgotten, how many were looked at}

local STAYS = {held = true, waiting = true, sending = true, dead = true}

local function deliveries_of(event_key)
  local answer = redis.call('HGET', event_key, 'answer')
  return answer and cjson.decode(answer).deliveries or {}
end

local forgotten = 0
local found = redis.call('ZRANGE', KEYS[1], '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', ARGV[2], ARGV[3])
for _, key in ipairs(found) do
  local may_go, ids, names = true, {}, {ARGV[4] .. key}
  for i, delivery in ipairs(deliveries_of(ARGV[4] .. key)) do
    ids[i], names[i + 1] = delivery.id, ARGV[5] .. delivery.id
    may_go = may_go and not STAYS[redis.call('HGET', ARGV[5] .. delivery.id, 'state')]
  end
  if may_go then
    redis.call('UNLINK', unpack(names))
    redis.call('ZREM', KEYS[1], key)
    if #ids > 0 then redis.call('ZREM', KEYS[2], unpack(ids)) end
    forgotten = forgotten + 1
  end
end
return {forgotten, #found}

-- Commits one event with its deliveries, or answers what an earlier post of it got.
--
-- KEYS  1 event:<key>  2 events:<source>  3 deliveries:<source>  4 lanes  5 sources
--       then ARGV[10] x idem:<hash>
--       then for each delivery: delivery:<id>, due:<lane>, drains:<lane>, wake:<lane>
-- ARGV  1 fingerprint  2 answer (JSON)  3 event (JSON)  4 explanation (JSON)  5 config digest
--       6 source  7 event key  8 retention in s  9 idempotency window in s
--       10 number of idempotency keys  11 slot prefix  12 slot time in ms  13 event id  14 type
--       then for each delivery: id, target, lane, reasons (JSON)
-- Returns {'accepted', slot, lane, slot, lane, ...}   the slots of drains that must be enqueued
--      or {'replayed', answer (JSON)}                 the same event was accepted before
--      or {'mismatch'}                                the key was used for something else

local keys_count = tonumber(ARGV[10])
for i = 1, keys_count do
  local known = redis.call('GET', KEYS[5 + i])
  if known then
    local seen, answer = string.match(known, '^(%S+) (.*)$')
    if seen ~= ARGV[1] then return {'mismatch'} end
    return {'replayed', answer}
  end
end
local earlier = redis.call('HMGET', KEYS[1], 'fingerprint', 'answer')
if earlier[1] then
  if earlier[1] ~= ARGV[1] then return {'mismatch'} end
  return {'replayed', earlier[2]}
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local retention = tonumber(ARGV[8])

for i = 1, keys_count do
  redis.call('SET', KEYS[5 + i], ARGV[1] .. ' ' .. ARGV[2], 'EX', ARGV[9])
end
redis.call('HSET', KEYS[1], 'event', ARGV[3], 'explanation', ARGV[4], 'config', ARGV[5],
  'accepted', now, 'fingerprint', ARGV[1], 'answer', ARGV[2])
redis.call('EXPIRE', KEYS[1], retention)
redis.call('ZADD', KEYS[2], now, ARGV[7])
redis.call('SADD', KEYS[5], ARGV[6])

local result = {'accepted'}
local key, arg, slot_number = 5 + keys_count, 14, 0
while arg < #ARGV do
  local id, target, lane, reasons = ARGV[arg + 1], ARGV[arg + 2], ARGV[arg + 3], ARGV[arg + 4]
  local delivery_key, due_key, drains_key, wake_key = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4]
  redis.call('HSET', delivery_key, 'event', ARGV[7], 'event_id', ARGV[13], 'type', ARGV[14],
    'source', ARGV[6], 'target', target, 'lane', lane, 'reasons', reasons,
    'state', 'waiting', 'accepted', now, 'due', now)
  redis.call('EXPIRE', delivery_key, retention)
  redis.call('ZADD', KEYS[3], now, id)
  redis.call('ZADD', due_key, now, id)
  if redis.call('EXISTS', drains_key) == 0 then
    slot_number = slot_number + 1
    local slot = ARGV[11] .. slot_number
    redis.call('ZADD', drains_key, now + ARGV[12], slot)
    result[#result + 1] = slot
    result[#result + 1] = lane
  elseif redis.call('EXISTS', wake_key) == 0 then
    redis.call('RPUSH', wake_key, 1)
    redis.call('PEXPIRE', wake_key, ARGV[12])
  end
  redis.call('ZADD', KEYS[4], 'LT', now + ARGV[12], lane)
  key, arg = key + 4, arg + 4
end
return result

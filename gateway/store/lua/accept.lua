-- Commits one event with its deliveries and all that it does to time, or answers what an earlier post
-- of it got. With the functions of `timing`.
--
-- KEYS  1 event:<key>  2 events:<source>  3 deliveries:<source>  4 lanes  5 sources
--       then ARGV[10] x idem:<hash>
--       then for each delivery: delivery:<id>, due:<lane>, drains:<lane>, wake:<lane>
-- ARGV  1 fingerprint  2 answer (JSON)  3 event (JSON)  4 explanation (JSON)  5 config digest
--       6 source  7 event key  8 retention in s  9 idempotency window in s
--       10 number of idempotency keys  11 slot prefix  12 slot time in ms  13 event id  14 type
--       15 number of deliveries  16 prefix of lane keys
--       then for each delivery: id, target, lane, reasons (JSON), delay in ms
--       then, only when the event has to do with time:
--         occasion: kind or '', key; answer and explanation (JSON) when it has been told
--         timer that makes the event: timers:<type> or '', timer:<id>, id, version, next look, now
--         tokens, the event's data (JSON)
--         for each step: name in `timing`, what it is about, number of arguments, arguments
-- Returns {'accepted', slot, lane, slot, lane, ...}   the slots of drains that must be enqueued
--      or {'repeated'}                                stored without deliveries: the gateway has told of it,
--                                                     or, when a timer makes it, not stored: the source has
--      or {'replayed', answer (JSON)}                 the same event was accepted before
--      or {'mismatch'}                                the key was used for something else
--      or {'gone'}                                    the timer was cancelled or moved, or has fired

local keys_count = tonumber(ARGV[10])
local deliveries_count = tonumber(ARGV[15])
local retention = tonumber(ARGV[8])
local tail = 16 + 5 * deliveries_count
local has_timing = #ARGV > tail
local is_made = has_timing and ARGV[tail + 5] ~= ''
if is_made and redis.call('HGET', ARGV[tail + 6], 'version') ~= ARGV[tail + 8] then return {'gone'} end

local function advance()
  if not is_made then return end
  advance_timer(ARGV[tail + 5], ARGV[tail + 6], ARGV[tail + 7], ARGV[tail + 9], ARGV[tail + 10], retention)
end

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
  advance()
  if earlier[1] ~= ARGV[1] then return {'mismatch'} end
  return {'replayed', earlier[2]}
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer, explanation, is_repeated = ARGV[2], ARGV[4], false

if has_timing and ARGV[tail + 1] ~= '' and tell(ARGV[tail + 1], ARGV[tail + 2], ARGV[13], retention) then
  advance()
  if is_made then return {'repeated'} end
  is_repeated, answer, explanation, deliveries_count = true, ARGV[tail + 3], ARGV[tail + 4], 0
end

for i = 1, keys_count do
  redis.call('SET', KEYS[5 + i], ARGV[1] .. ' ' .. answer, 'EX', ARGV[9])
end
redis.call('HSET', KEYS[1], 'event', ARGV[3], 'explanation', explanation, 'config', ARGV[5],
  'accepted', now, 'fingerprint', ARGV[1], 'answer', answer)
redis.call('EXPIRE', KEYS[1], retention)
redis.call('ZADD', KEYS[2], now, ARGV[7])
redis.call('SADD', KEYS[5], ARGV[6])

local result = {is_repeated and 'repeated' or 'accepted'}
local key, arg, slot_number = 5 + keys_count, 16, 0
for _ = 1, deliveries_count do
  local id, target, lane, reasons = ARGV[arg + 1], ARGV[arg + 2], ARGV[arg + 3], ARGV[arg + 4]
  local delay = tonumber(ARGV[arg + 5])
  local delivery_key, due_key, drains_key, wake_key = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4]
  local state, lives, look_at = 'waiting', retention, now + ARGV[12]
  if delay > 0 then
    state, lives, look_at = 'held', retention + math.ceil(delay / 1000), now + delay
    redis.call('EXPIRE', KEYS[1], lives, 'GT')
  end
  redis.call('HSET', delivery_key, 'event', ARGV[7], 'event_id', ARGV[13], 'type', ARGV[14],
    'source', ARGV[6], 'target', target, 'lane', lane, 'reasons', reasons,
    'state', state, 'accepted', now, 'due', now + delay)
  redis.call('EXPIRE', delivery_key, lives)
  redis.call('ZADD', KEYS[3], now, id)
  redis.call('ZADD', due_key, now + delay, id)
  if delay > 0 then -- the dispatcher wakes the lane
  elseif redis.call('EXISTS', drains_key) == 0 then
    local closed = redis.call('HMGET', ARGV[16] .. lane, 'open_until', 'paused_until')
    local blocked_until = math.max(tonumber(closed[1] or '0'), tonumber(closed[2] or '0'))
    if blocked_until > now then
      look_at = blocked_until
    else
      slot_number = slot_number + 1
      local slot = ARGV[11] .. slot_number
      redis.call('ZADD', drains_key, now + ARGV[12], slot)
      result[#result + 1] = slot
      result[#result + 1] = lane
    end
  elseif redis.call('EXISTS', wake_key) == 0 then
    redis.call('RPUSH', wake_key, 1)
    redis.call('PEXPIRE', wake_key, ARGV[12])
  end
  redis.call('ZADD', KEYS[4], 'LT', look_at, lane)
  key, arg = key + 4, arg + 5
end

if has_timing then
  advance()
  local outcomes = {}
  local step = tail + 13
  while step < #ARGV do
    local arguments = {unpack(ARGV, step + 3, step + 2 + ARGV[step + 2])}
    local outcome = timing[ARGV[step]](now, ARGV[tail + 11], ARGV[tail + 12], arguments)
    if outcome ~= 'none' then outcomes[#outcomes + 1] = ARGV[step + 1] .. '=' .. outcome end
    step = step + 3 + ARGV[step + 2]
  end
  if #outcomes > 0 then redis.call('HSET', KEYS[1], 'outcomes', table.concat(outcomes, ' ')) end
end
return result

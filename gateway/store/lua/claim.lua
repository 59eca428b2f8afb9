-- Leases due deliveries of one lane to a drain, within the lane's rate and concurrency. A lane that is open
-- (its breaker) or paused (its service asked for it) gives nothing; after being open it gives one, as a probe.
-- With the functions of `ending`.
--
-- KEYS  1-5 of `ending`  6 due:<lane>  7 leases  8 lane:<lane>  9 drains:<lane>  10 lanes  11 tokens
-- ARGV  1 of `ending`  2 lane  3 slot  4 how many at most  5 lease in ms  6 concurrency (0: no limit)
--       7 pacing in ms per message (0: no limit)  8 pacing burst in messages
--       9 prefix of delivery keys  10 prefix of event keys  11 slot time in ms
--       12 deliveries that deserve one more drain
-- Returns {ms until something is due, or -1, {id, token, attempt, failures, pauses, accepted, target, reasons,
--          event key, event JSON or ''}, ...}
--
-- A delivery whose hash has expired is dropped from the lane: it has nothing left to send. One whose target
-- is disabled is dead, and may be replayed when the target is enabled again.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit = tonumber(ARGV[4])
local lane_key = KEYS[8]

if tonumber(ARGV[6]) > 0 then
  local inflight = tonumber(redis.call('HGET', lane_key, 'inflight') or '0')
  limit = math.min(limit, tonumber(ARGV[6]) - inflight)
end
local pace, next_free = tonumber(ARGV[7]), now
if pace > 0 then
  local burst = tonumber(ARGV[8])
  next_free = math.max(tonumber(redis.call('HGET', lane_key, 'next_free') or '0'), now - pace * (burst - 1))
  if next_free > now then
    limit = 0
  else
    limit = math.min(limit, math.floor((now - next_free) / pace) + 1)
  end
end

local closed = redis.call('HMGET', lane_key, 'open_until', 'paused_until', 'open_ms')
local blocked_until = math.max(tonumber(closed[1] or '0'), tonumber(closed[2] or '0'))
if blocked_until > now then
  limit = 0
elseif closed[3] then
  limit = math.min(limit, 1)
end

local result = {-1}
local leased = {} -- time and id of each, as ZADD takes them
local ids = limit > 0 and redis.call('ZRANGE', KEYS[6], '-inf', now, 'BYSCORE', 'LIMIT', 0, limit) or {}
if #ids > 0 then
  redis.call('ZREM', KEYS[6], unpack(ids))
  local token = redis.call('INCRBY', KEYS[11], #ids) - #ids
  local has_disabled = redis.call('EXISTS', DISABLED) == 1
  local event_key, event -- deliveries of one event come one after the other
  for _, id in ipairs(ids) do
    local key = ARGV[9] .. id
    local held = redis.call('HMGET', key,
      'state', 'event', 'target', 'reasons', 'failures', 'pauses', 'accepted', 'attempts')
    if held[1] and has_disabled and redis.call('HEXISTS', DISABLED, held[3]) == 1 then
      bury(id, key, ARGV[10] .. held[2], 'disabled', now)
    elseif held[1] == 'waiting' or held[1] == 'held' then
      token = token + 1
      local attempt = (held[8] or 0) + 1
      redis.call('HSET', key, 'state', 'sending', 'token', token, 'attempts', attempt)
      leased[#leased + 1] = now + ARGV[5]
      leased[#leased + 1] = id
      if held[2] ~= event_key then
        event_key, event = held[2], redis.call('HGET', ARGV[10] .. held[2], 'event')
      end
      result[#result + 1] = {id, tostring(token), tostring(attempt), held[5] or '0', held[6] or '0', held[7],
        held[3], held[4], held[2], event or ''}
    end
  end
end
local taken = #leased / 2
if taken > 0 then
  redis.call('ZADD', KEYS[7], unpack(leased))
  redis.call('HINCRBY', lane_key, 'inflight', taken)
  if closed[3] then redis.call('HSET', lane_key, 'probe', 1, 'open_until', now + ARGV[5]) end
  if pace > 0 then redis.call('HSET', lane_key, 'next_free', next_free + taken * pace) end
  redis.call('EXPIRE', lane_key, 86400)
end

redis.call('ZADD', KEYS[9], now + ARGV[11], ARGV[3])
local left = redis.call('ZCOUNT', KEYS[6], '-inf', now)
if left > 0 then
  result[1] = 0
else
  local first = redis.call('ZRANGE', KEYS[6], 0, 0, 'WITHSCORES')
  if first[1] then result[1] = first[2] - now end
end
local look_at = now + ARGV[11]
if blocked_until > now then
  look_at = blocked_until
elseif left > tonumber(ARGV[12]) and not closed[3] then
  look_at = now -- the dispatcher sees whether others should help
end
redis.call('ZADD', KEYS[10], look_at, ARGV[2])
return result

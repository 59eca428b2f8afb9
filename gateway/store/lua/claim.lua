-- Leases due deliveries of one lane to a drain, within the lane's rate and concurrency. A lane gives nothing while it
-- is open (by its breaker) or paused (since its service asked for it). After that it gives one delivery as a probe, and
-- the others once the service has answered the probe. Uses the functions of `call`, `keeping`, `indexes`, `counters`
-- and `ending`.
--
-- Reads  CLAIM_KEYS, CLAIM_ARGS
-- Returns {ms until the lane's next delivery is due, or -1 when it has none, delivery, ...}
--         each delivery as {id, token, attempt, failures, pauses, accepted, target, reasons, key of its event,
--         the event (JSON) or '', newer values of the event's fields (JSON) or ''}
--
-- A delivery whose hash has expired is removed from the lane, since there is nothing to send. A delivery whose target
-- is disabled becomes a dead letter, and may be replayed when the target is enabled again.

local CLAIM_KEYS = {'due', 'lane_key', 'drains', 'leases', 'lanes', 'tokens'}
-- concurrency, pace_ms (per message) and burst (messages): 0 for no limit. deliveries_per_drain: for how many due
-- deliveries one more drain is started.
local CLAIM_ARGS = {'lane', 'slot', 'most', 'lease_ms', 'concurrency', 'pace_ms', 'burst', 'slot_ms',
  'deliveries_per_drain', 'delivery_prefix', 'event_prefix'}

local call = read_args(CLAIM_ARGS, read_keys(CLAIM_KEYS))
local limit = tonumber(call.most)
local lane_key = call.lane_key

if tonumber(call.concurrency) > 0 then
  local inflight = tonumber(redis.call('HGET', lane_key, 'inflight') or '0')
  limit = math.min(limit, tonumber(call.concurrency) - inflight)
end
-- The rate (GCRA): `next_free` is when the next message may leave if all messages leave exactly pace_ms apart. In an
-- idle lane `next_free` lies in the past, and as many messages may leave at once as fit in between, at most `burst`.
local pace_ms, next_free = tonumber(call.pace_ms), now
if pace_ms > 0 then
  local burst = tonumber(call.burst)
  next_free = math.max(tonumber(redis.call('HGET', lane_key, 'next_free') or '0'), now - pace_ms * (burst - 1))
  if next_free > now then
    limit = 0
  else
    limit = math.min(limit, math.floor((now - next_free) / pace_ms) + 1)
  end
end

local closed = redis.call('HMGET', lane_key, 'open_until', 'paused_until', 'open_ms')
local blocked_until = math.max(tonumber(closed[1] or '0'), tonumber(closed[2] or '0'))
local is_probing = closed[2] or closed[3]
if blocked_until > now then
  limit = 0
elseif is_probing then
  limit = math.min(limit, 1)
end

local result = {-1}
local leased = {} -- the end of each lease and the delivery's id, in turn, as ZADD takes them
local ids = limit > 0 and redis.call('ZRANGE', call.due, '-inf', now, 'BYSCORE', 'LIMIT', 0, limit) or {}
if #ids > 0 then
  redis.call('ZREM', call.due, unpack(ids))
  local token = redis.call('INCRBY', call.tokens, #ids) - #ids
  local has_disabled = redis.call('EXISTS', ending.disabled) == 1
  local event_key, event, newer -- of the delivery before: deliveries of an event mostly follow each other
  for _, id in ipairs(ids) do
    local key = call.delivery_prefix .. id
    local held = redis.call('HMGET', key,
      'state', 'event', 'target', 'reasons', 'failures', 'pauses', 'accepted', 'attempts')
    if held[1] and has_disabled and redis.call('HEXISTS', ending.disabled, held[3]) == 1 then
      bury(id, key, call.event_prefix .. held[2], 'disabled')
    elseif held[1] == 'waiting' or held[1] == 'held' then
      token = token + 1
      local attempt = (held[8] or 0) + 1
      redis.call('HSET', key, 'state', 'sending', 'token', token, 'attempts', attempt)
      leased[#leased + 1] = now + call.lease_ms
      leased[#leased + 1] = id
      if held[1] == 'held' then add_to_state('open', remove_held(id) or held[7], id) end
      if held[2] ~= event_key then
        event_key = held[2]
        event, newer = unpack(redis.call('HMGET', call.event_prefix .. event_key, 'event', 'newer'))
      end
      result[#result + 1] = {id, tostring(token), tostring(attempt), held[5] or '0', held[6] or '0', held[7],
        held[3], held[4], held[2], event or '', newer or ''}
    elseif not held[1] then
      remove_from_index('open', id)
      remove_from_index('held', id)
    end
  end
end
local taken = #leased / 2
if taken > 0 then
  redis.call('ZADD', call.leases, unpack(leased))
  redis.call('HINCRBY', lane_key, 'inflight', taken)
  -- The lane gives nothing more until the probe has a result or its lease ends; the next claim then probes again.
  if closed[3] then redis.call('HSET', lane_key, 'probe', 1, 'open_until', now + call.lease_ms) end
  if closed[2] then redis.call('HSET', lane_key, 'paused_until', now + call.lease_ms, 'pause_probe', leased[2]) end
  if pace_ms > 0 then redis.call('HSET', lane_key, 'next_free', next_free + taken * pace_ms) end
  redis.call('EXPIRE', lane_key, 86400)
end

redis.call('ZADD', call.drains, now + call.slot_ms, call.slot)
local left = redis.call('ZCOUNT', call.due, '-inf', now)
if left > 0 then
  result[1] = 0
else
  local first = redis.call('ZRANGE', call.due, 0, 0, 'WITHSCORES')
  if first[1] then result[1] = first[2] - now end
end
local look_at = now + call.slot_ms
if blocked_until > now then
  look_at = blocked_until
elseif left > tonumber(call.deliveries_per_drain) and not is_probing then
  look_at = now -- so that the dispatcher starts another drain if that is needed
end
redis.call('ZADD', call.lanes, look_at, call.lane)
save_counts()
return result

-- Records what came of attempts. A result whose fencing token is not the current one is ignored:
-- its lease has ended and the delivery belongs to somebody else. With the functions of `ending`.
--
-- KEYS  1-5 of `ending`  6 leases  7 lanes
--       then for each result: delivery:<id>, due:<lane>, lane:<lane>, event:<key>
-- ARGV  1 of `ending`
--       2 failures in a row that open a lane  3 how long it is open first, 4 and at most, in ms
--       5 how long it has been open when operators hear of it, in ms
--       then for each result: id, token, verdict (delivered | retry | pause | dead), wait in ms,
--       attempt (JSON), lane, reason (of a failure), what it says of the service (up | down | '')
-- Returns {1 | 0, ...}   whether each result was recorded

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local has_attention = redis.call('EXISTS', ATTENTION) == 1
local result, ended = {}, {}
local counts = {} -- by lane key: how many ended
local answered = {} -- by lane key: whether the last that said anything of the service was an answer

-- The lane's breaker: it opens after failures in a row, and closes when the service answers again. What was
-- under way while it is open changes nothing; its probe opens it for twice as long.
local function note_failure(lane_key, lane, id, source)
  answered[lane_key] = false
  local failed = redis.call('HINCRBY', lane_key, 'failed', 1)
  local open = redis.call('HMGET', lane_key, 'open_ms', 'open_since', 'probe')
  if open[3] then redis.call('HDEL', lane_key, 'probe') end
  if failed < tonumber(ARGV[2]) or (open[1] and open[3] ~= '1') then return end
  local open_ms = open[1] and math.min(open[1] * 2, tonumber(ARGV[4])) or tonumber(ARGV[3])
  local since = open[2] or now
  redis.call('HSET', lane_key, 'open_ms', open_ms, 'open_until', now + open_ms, 'open_since', since)
  redis.call('EXPIRE', lane_key, 86400)
  if now - since >= tonumber(ARGV[5]) then
    redis.call('HSET', lane_key, 'alarmed', 1)
    alarm('lane_open', lane, id, source, now)
  end
end

local function note_answer(lane_key, lane, id, source)
  if answered[lane_key] then return end
  answered[lane_key] = true
  local gone = redis.call('HDEL', lane_key, 'failed', 'probe', 'open_ms', 'open_until', 'open_since')
  if gone > 2 and redis.call('HDEL', lane_key, 'alarmed') == 1 then -- it was open
    redis.call('HDEL', ALARMED, 'lane_recovered ' .. lane, 'lane_open ' .. lane)
    alarm('lane_recovered', lane, id, source, now)
  end
end

local key, arg = 7, 5
while arg < #ARGV do
  local delivery_key, due_key, lane_key, event_key = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4]
  local id, token, verdict, wait = ARGV[arg + 1], ARGV[arg + 2], ARGV[arg + 3], tonumber(ARGV[arg + 4])
  local attempt, lane, reason, health = ARGV[arg + 5], ARGV[arg + 6], ARGV[arg + 7], ARGV[arg + 8]
  local held = redis.call('HMGET', delivery_key, 'token', 'state', 'log', 'target', 'source')
  local is_ours = held[1] == token and held[2] == 'sending'
  result[#result + 1] = is_ours and 1 or 0
  if is_ours then
    ended[#ended + 1] = id
    counts[lane_key] = (counts[lane_key] or 0) + 1
    if health == 'down' then
      note_failure(lane_key, lane, id, held[5])
    elseif health == 'up' then
      note_answer(lane_key, lane, id, held[5])
    end
    local log = (held[3] and held[3] ~= '') and (held[3] .. '\n' .. attempt) or attempt
    if verdict == 'delivered' then
      redis.call('HSET', delivery_key, 'state', 'delivered', 'log', log, 'settled', now)
      if has_attention then redis.call('HDEL', ATTENTION, held[4]) end
    elseif verdict == 'dead' then
      redis.call('HSET', delivery_key, 'log', log)
      bury(id, delivery_key, event_key, reason, now)
      has_attention = true
    else
      redis.call('HINCRBY', delivery_key, verdict == 'pause' and 'pauses' or 'failures', 1)
      redis.call('HSET', delivery_key, 'state', 'waiting', 'log', log, 'due', now + wait, 'reason', reason)
      redis.call('HDEL', delivery_key, 'crashes')
      redis.call('ZADD', due_key, now + wait, id)
      redis.call('ZADD', KEYS[7], 'LT', now + wait, lane)
      if verdict == 'pause' then -- the service asks for quiet: nothing else goes there meanwhile
        local paused = tonumber(redis.call('HGET', lane_key, 'paused_until') or '0')
        redis.call('HSET', lane_key, 'paused_until', math.max(paused, now + wait))
      end
    end
  end
  key, arg = key + 4, arg + 8
end
if #ended > 0 then redis.call('ZREM', KEYS[6], unpack(ended)) end
for lane_key, count in pairs(counts) do redis.call('HINCRBY', lane_key, 'inflight', -count) end
return result

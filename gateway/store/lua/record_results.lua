-- Records the results of attempts. A result whose fencing token is not the current one is ignored: its lease has ended
-- and another worker has the delivery. Uses the functions of `call`, `keeping`, `indexes`, `counters` and `ending`.
--
-- Reads  RECORD_KEYS, RECORD_ARGS, results x (RESULT_KEYS, RESULT_ARGS)
-- Returns {number, ...}   for each result: 0 when it was not recorded; 1 when it was; for how many ms (at least 2) its
--                          lane is open now, when it opened the lane; -1 when it closed the lane

local RECORD_KEYS = {'leases', 'lanes'}
-- failures_that_open: how many failures in a row open a lane. open_first_ms, open_longest_ms: for how long the lane is
-- open at first, and at most. open_alarming_ms: how long it must have been open for an alarm.
local RECORD_ARGS = {'failures_that_open', 'open_first_ms', 'open_longest_ms', 'open_alarming_ms', 'results'}
local RESULT_KEYS = {'delivery_key', 'due_key', 'lane_key', 'event_key'}
-- verdict: delivered | retry | pause | dead. attempt: JSON. reason: of a failure, else ''. health: what the result says
-- of the service, up | down | ''. alarm: kind of an alarm to raise although the delivery is tried again, else ''.
-- service: kind of the service that was asked. failure: why the attempt failed, else ''.
local RESULT_ARGS = {'id', 'token', 'verdict', 'wait_ms', 'attempt', 'lane', 'reason', 'health', 'alarm',
  'service', 'failure'}

local call = read_args(RECORD_ARGS, read_keys(RECORD_KEYS))
local has_attention = redis.call('EXISTS', ending.attention) == 1
local recorded, ended, delivered = {}, {}, {}
local counts = {} -- by lane key: how many attempts ended
local answered = {} -- by lane key: whether the last result with a `health` was an answer of the service
local lane_changes = {} -- by id of the delivery: the number that is returned when its result changed the lane
local pause_probes = {} -- by lane key: id of the delivery that probes the paused lane, or false

-- The lane's breaker opens after failures in a row, and closes when the service answers again. While it is open,
-- failures of deliveries that were under way change nothing, and a probe that fails opens it for twice as long.
local function note_failure(result, source)
  local lane_key = result.lane_key
  answered[lane_key] = false
  local failed = redis.call('HINCRBY', lane_key, 'failed', 1)
  local open = redis.call('HMGET', lane_key, 'open_ms', 'open_since', 'probe')
  if open[3] then redis.call('HDEL', lane_key, 'probe') end
  if failed < tonumber(call.failures_that_open) or (open[1] and open[3] ~= '1') then return end
  local open_ms = open[1] and math.min(open[1] * 2, tonumber(call.open_longest_ms)) or tonumber(call.open_first_ms)
  local since = open[2] or now
  redis.call('HSET', lane_key, 'open_ms', open_ms, 'open_until', now + open_ms, 'open_since', since)
  redis.call('EXPIRE', lane_key, 86400)
  if now - since >= tonumber(call.open_alarming_ms) then
    redis.call('HSET', lane_key, 'alarmed', 1)
    alarm('lane_open', result.lane, result.id, source)
  end
  lane_changes[result.id] = math.max(2, math.floor(open_ms))
end

local function note_answer(result, source)
  local lane_key, lane = result.lane_key, result.lane
  if answered[lane_key] then return end -- only the first answer after a failure has anything to close
  answered[lane_key] = true
  local gone = redis.call('HDEL', lane_key, 'failed', 'probe', 'open_ms', 'open_until', 'open_since')
  if gone <= 2 then return end -- it was not open
  lane_changes[result.id] = -1
  redis.call('ZADD', call.lanes, 'LT', now, lane)
  if redis.call('HDEL', lane_key, 'alarmed') == 1 then
    redis.call('HDEL', ending.alarmed, 'lane_recovered ' .. lane, 'lane_open ' .. lane)
    alarm('lane_recovered', lane, result.id, source)
  end
end

-- The service has asked for a pause. Nothing is sent to it before the pause ends, and then one delivery as a probe.
local function note_pause(result)
  local paused_until = tonumber(redis.call('HGET', result.lane_key, 'paused_until') or '0')
  redis.call('HSET', result.lane_key, 'paused_until', math.max(paused_until, now + result.wait_ms))
  redis.call('EXPIRE', result.lane_key, 86400)
end

-- The probe of a paused lane ends the pause, unless its own result begins another one. Other results, of deliveries
-- that were under way when the pause began, do not end it.
local function note_probe(result)
  local lane_key = result.lane_key
  if pause_probes[lane_key] == nil then pause_probes[lane_key] = redis.call('HGET', lane_key, 'pause_probe') end
  if pause_probes[lane_key] ~= result.id then return end
  pause_probes[lane_key] = false
  redis.call('HDEL', lane_key, 'paused_until', 'pause_probe')
  redis.call('ZADD', call.lanes, 'LT', now, result.lane)
end

local function try_again(result, source, target)
  local due = now + result.wait_ms
  redis.call('HINCRBY', result.delivery_key, result.verdict == 'pause' and 'pauses' or 'failures', 1)
  redis.call('HSET', result.delivery_key, 'state', 'waiting', 'due', due, 'reason', result.reason)
  redis.call('HDEL', result.delivery_key, 'crashes', 'losses')
  redis.call('ZADD', result.due_key, due, result.id)
  redis.call('ZADD', call.lanes, 'LT', due, result.lane)
  if result.verdict == 'pause' then note_pause(result) end
  if result.alarm ~= '' then
    redis.call('HSET', ending.attention, target, result.reason .. ' ' .. now)
    has_attention = true
    alarm(result.alarm, target, result.id, source)
  end
end

local function record(result, log, target, source, accepted)
  if result.failure ~= '' then count('failures', result.failure) end
  ended[#ended + 1] = result.id
  counts[result.lane_key] = (counts[result.lane_key] or 0) + 1
  if result.health == 'down' then
    note_failure(result, source)
  elseif result.health == 'up' then
    note_answer(result, source)
  end
  note_probe(result)
  if log and log ~= '' then log = log .. '\n' .. result.attempt else log = result.attempt end
  if result.verdict == 'delivered' then
    redis.call('HSET', result.delivery_key, 'state', 'delivered', 'log', log, 'settled', now)
    delivered[#delivered + 1] = result.id
    count('deliveries', result.service .. ' delivered')
    count_delivered(now - accepted)
    if has_attention and redis.call('HDEL', ending.attention, target) == 1 then
      redis.call('HDEL', ending.alarmed, 'tls_fault ' .. target)
    end
  elseif result.verdict == 'dead' then
    redis.call('HSET', result.delivery_key, 'log', log)
    bury(result.id, result.delivery_key, result.event_key, result.reason, result.service)
    has_attention = true
  else
    redis.call('HSET', result.delivery_key, 'log', log)
    try_again(result, source, target)
  end
end

for number = 1, call.results do
  local result = read_args(RESULT_ARGS, read_keys(RESULT_KEYS))
  local held = redis.call('HMGET', result.delivery_key, 'token', 'state', 'log', 'target', 'source', 'accepted')
  local is_ours = held[1] == result.token and held[2] == 'sending'
  recorded[number] = is_ours and 1 or 0
  if is_ours then
    record(result, held[3], held[4], held[5], held[6])
    recorded[number] = lane_changes[result.id] or 1
  end
end
if #ended > 0 then redis.call('ZREM', call.leases, unpack(ended)) end
if #delivered > 0 then remove_from_index('open', unpack(delivered)) end
for lane_key, count in pairs(counts) do redis.call('HINCRBY', lane_key, 'inflight', -count) end
save_counts()
return recorded

-- Commits events, each with its deliveries and all that it does to time, or answers what an earlier post
-- of it got. With the functions of `timing`.
--
-- KEYS  1 lanes  2 sources, then ARGV[6] x explanation:<digest>, then those of each event
-- ARGV  1 how long a key lives in s  2 idempotency window in s  3 slot prefix  4 slot time in ms  5 prefix of lane keys
--       6 number of explanations that several events have, then these (JSON)
--       number of events, then for each: number of its keys, number of its arguments, the arguments
--
-- Of an event:
-- keys       1 event:<key>  2 events:<source>  3 deliveries:<source>
--            then arguments[8] x idem:<hash>
--            then for each delivery: delivery:<id>, due:<lane>, drains:<lane>, wake:<lane>
-- arguments  1 fingerprint  2 answer (JSON)  3 event (JSON)  4 explanation (JSON), or one of the keys  5 config digest
--            6 source  7 event key  8 number of idempotency keys  9 event id  10 type
--            11 number of deliveries
--            then for each delivery: id, target, lane, reasons (JSON), delay in ms
--            then, only when the event has to do with time:
--              occasion: kind or '', key; answer and explanation (JSON) when it has been told
--              timer that makes the event: timers:<type> or '', timer:<id>, id, version, next look, now
--              tokens, the event's data (JSON)
--              for each step: name in `timing`, what it is about, number of arguments, arguments
-- Returns for each event
--      {'accepted', slot, lane, slot, lane, ...}   the slots of drains that must be enqueued
--      or {'repeated'}                             stored without deliveries: the gateway has told of it,
--                                                  or, when a timer makes it, not stored: the source has
--      or {'replayed', answer (JSON)}              the same event was accepted before
--      or {'mismatch'}                             the key was used for something else
--      or {'gone'}                                 the timer was cancelled or moved, or has fired

local LANES, SOURCES = KEYS[1], KEYS[2]
local retention, window, slot_prefix, slot_ms, lane_prefix = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slot_number = 0
local shared, shared_count = {}, tonumber(ARGV[6]) -- explanations by their keys
for i = 1, shared_count do shared[KEYS[2 + i]] = ARGV[6 + i] end
local stored = {} -- keys of those that this call has stored, by how long they live
local roused = {} -- lanes with work that is due now, which this call has seen to

-- Has somebody work on a lane: a new drain, whose slot goes into *result*, or the one that waits for work.
local function rouse(lane, drains_key, wake_key, result)
  local look_at = now + slot_ms
  if redis.call('EXISTS', drains_key) == 0 then
    local closed = redis.call('HMGET', lane_prefix .. lane, 'open_until', 'paused_until')
    local blocked_until = math.max(tonumber(closed[1] or '0'), tonumber(closed[2] or '0'))
    if blocked_until > now then
      look_at = blocked_until
    else
      slot_number = slot_number + 1
      local slot = slot_prefix .. slot_number
      redis.call('ZADD', drains_key, now + slot_ms, slot)
      result[#result + 1] = slot
      result[#result + 1] = lane
    end
  elseif redis.call('EXISTS', wake_key) == 0 then
    redis.call('RPUSH', wake_key, 1)
    redis.call('PEXPIRE', wake_key, slot_ms)
  end
  redis.call('ZADD', LANES, 'LT', look_at, lane)
end

-- Keeps an explanation that several events have as long as the one of them that lives longest.
local function keep(explanation, lives)
  if not shared[explanation] or (stored[explanation] or 0) >= lives then return end
  stored[explanation] = lives
  if redis.call('EXISTS', explanation) == 1 then
    redis.call('EXPIRE', explanation, lives, 'GT')
  else
    redis.call('SET', explanation, shared[explanation], 'EX', lives)
  end
end

-- Stores the deliveries of one event; *key* is the last of its keys before theirs.
local function add_deliveries(keys, key, args, count, result)
  local arg = 11
  for _ = 1, count do
    local id, target, lane, reasons = args[arg + 1], args[arg + 2], args[arg + 3], args[arg + 4]
    local delay = tonumber(args[arg + 5])
    local state, lives = 'waiting', retention
    if delay > 0 then
      state, lives = 'held', retention + math.ceil(delay / 1000)
      redis.call('EXPIRE', keys[1], lives, 'GT')
      keep(args[4], lives)
    end
    redis.call('HSET', keys[key + 1], 'event', args[7], 'event_id', args[9], 'type', args[10],
      'source', args[6], 'target', target, 'lane', lane, 'reasons', reasons,
      'state', state, 'accepted', now, 'due', now + delay)
    redis.call('EXPIRE', keys[key + 1], lives)
    redis.call('ZADD', keys[3], now, id)
    redis.call('ZADD', keys[key + 2], now + delay, id)
    if delay > 0 then -- the dispatcher wakes the lane
      redis.call('ZADD', LANES, 'LT', now + delay, lane)
    elseif not roused[lane] then
      roused[lane] = true
      rouse(lane, keys[key + 3], keys[key + 4], result)
    end
    key, arg = key + 4, arg + 5
  end
end

local function accept(keys, args)
  local keys_count, deliveries_count = tonumber(args[8]), tonumber(args[11])
  local tail = 11 + 5 * deliveries_count
  local has_timing = #args > tail
  local is_made = has_timing and args[tail + 5] ~= ''
  if is_made and redis.call('HGET', args[tail + 6], 'version') ~= args[tail + 8] then return {'gone'} end

  local function advance()
    if not is_made then return end
    advance_timer(args[tail + 5], args[tail + 6], args[tail + 7], args[tail + 9], args[tail + 10], retention)
  end

  for i = 1, keys_count do
    local known = redis.call('GET', keys[3 + i])
    if known then
      local seen, answer = string.match(known, '^(%S+) (.*)$')
      if seen ~= args[1] then return {'mismatch'} end
      return {'replayed', answer}
    end
  end
  local earlier = redis.call('HMGET', keys[1], 'fingerprint', 'answer')
  if earlier[1] then
    advance()
    if earlier[1] ~= args[1] then return {'mismatch'} end
    return {'replayed', earlier[2]}
  end

  local answer, explanation, is_repeated = args[2], args[4], false
  if has_timing and args[tail + 1] ~= '' and tell(args[tail + 1], args[tail + 2], args[9], retention) then
    advance()
    if is_made then return {'repeated'} end
    is_repeated, answer, explanation, deliveries_count = true, args[tail + 3], args[tail + 4], 0
  end

  for i = 1, keys_count do
    redis.call('SET', keys[3 + i], args[1] .. ' ' .. answer, 'EX', window)
  end
  -- A full server refuses a script at its first write, if that is one that takes memory; so EXPIRE must not come first.
  local field = shared[explanation] and 'explained' or 'explanation'
  redis.call('HSET', keys[1], 'event', args[3], field, explanation, 'config', args[5],
    'accepted', now, 'fingerprint', args[1], 'answer', answer)
  keep(explanation, retention)
  redis.call('EXPIRE', keys[1], retention)
  redis.call('ZADD', keys[2], now, args[7])
  redis.call('SADD', SOURCES, args[6])

  local result = {is_repeated and 'repeated' or 'accepted'}
  add_deliveries(keys, 3 + keys_count, args, deliveries_count, result)
  if not has_timing then return result end

  advance()
  local outcomes = {}
  local step = tail + 13
  while step < #args do
    local arguments = {unpack(args, step + 3, step + 2 + args[step + 2])}
    local outcome = timing[args[step]](now, args[tail + 11], args[tail + 12], arguments)
    if outcome ~= 'none' then outcomes[#outcomes + 1] = args[step + 1] .. '=' .. outcome end
    step = step + 3 + args[step + 2]
  end
  if #outcomes > 0 then redis.call('HSET', keys[1], 'outcomes', table.concat(outcomes, ' ')) end
  return result
end

local function slice(list, first, count)
  local part = {}
  for i = 1, count do part[i] = list[first + i] end -- `unpack` takes 8,000 at most
  return part
end

local results = {}
local key, arg = 2 + shared_count, 7 + shared_count
for number = 1, tonumber(ARGV[arg]) do
  local keys_count, args_count = tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  results[number] = accept(slice(KEYS, key, keys_count), slice(ARGV, arg + 2, args_count))
  key, arg = key + keys_count, arg + 2 + args_count
end
return results

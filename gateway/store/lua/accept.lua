-- Commits events, each with its deliveries and its steps (what it does to timers and held messages). An event that was
-- posted before gets the answer of that post. Uses the functions of `call`, `indexes`, `counters` and `timing`.
--
-- Reads  ACCEPT_KEYS, ACCEPT_ARGS
--        explanations x (key of explanation:<digest>; the explanation as JSON), for those that several events share
--        events x (EVENT_KEYS, EVENT_ARGS,
--                  idempotency_keys x key of idem:<hash>,
--                  deliveries x (DELIVERY_KEYS, DELIVERY_ARGS),
--                  with has_timing: TIMING_ARGS, steps x (STEP_ARGS, the arguments that `timing` lists for the step))
-- Returns for each event
--        {'accepted', slot, lane, slot, lane, ...}   the slots of drains that must be enqueued
--        or {'repeated'}                             the gateway has notified of the same occasion before: a posted
--                                                    event is stored without deliveries, an event of a timer not
--                                                    at all
--        or {'replayed', answer (JSON)}              the same event was accepted before
--        or {'mismatch'}                             the idempotency key was used for something else
--        or {'gone'}                                 the timer was cancelled or moved, or has fired

local ACCEPT_KEYS = {'lanes', 'sources'}
local ACCEPT_ARGS = {'idempotency_s', 'slot_prefix', 'explanations', 'events', 'slot_ms', 'lane_prefix',
  'strangers_prefix', 'stranger_counts_prefix'}
local EVENT_KEYS = {'event_key', 'events_key', 'deliveries_key'}
local EVENT_ARGS = {'digest', 'id', 'type', 'source', 'fingerprint', 'document', 'answer', 'explanation', 'config',
  'indexes', 'category', 'status', 'idempotency_keys', 'keys_live_s', 'deliveries', 'has_timing', 'strangers'}
local DELIVERY_KEYS = {'delivery_key', 'due_key', 'drains_key', 'wake_key'}
local DELIVERY_ARGS = {'id', 'target', 'lane', 'reasons', 'delay_ms'}
-- The occasion of the event ('' for none), and the answer and explanation to store when it was notified of before; the
-- timer that made the event ('' for none); what the steps share.
local TIMING_ARGS = {'occasion', 'occasion_key', 'notified_answer', 'notified_explanation', 'time', 'data', 'steps',
  'timers_key', 'timer_key', 'timer_id', 'timer_version', 'next_look', 'evaluated_at', 'tokens_key'}
local STEP_ARGS = {'name', 'about'}

local MAX_STRANGERS = 500 -- of each role; those that were named last are kept

local call = read_args(ACCEPT_ARGS, read_keys(ACCEPT_KEYS))
local lives_s = tonumber(indexes.lives_s)
local slot_number = 0
local shared = {} -- explanations by their keys
for _ = 1, call.explanations do shared[read_key()] = read_arg() end
local stored = {} -- by key of an explanation: for how many seconds this call has stored it
local roused = {} -- lanes for which this call has already called `rouse`

local function read_event()
  local event = read_args(EVENT_ARGS, read_keys(EVENT_KEYS))
  local idempotency_keys, deliveries = {}, {}
  for i = 1, event.idempotency_keys do idempotency_keys[i] = read_key() end
  for i = 1, event.deliveries do deliveries[i] = read_args(DELIVERY_ARGS, read_keys(DELIVERY_KEYS)) end
  event.idempotency_keys, event.deliveries = idempotency_keys, deliveries
  if event.has_timing == '1' then
    event.timing = read_args(TIMING_ARGS)
    local steps = {}
    for i = 1, event.timing.steps do
      local step = read_args(STEP_ARGS)
      steps[i] = read_args(step_args(step.name), step)
    end
    event.timing.steps = steps
  end
  return event
end

-- Wakes a drain that waits for work in a lane. If the lane has no drain, opens a slot for a new one in *result*.
local function rouse(lane, delivery, result)
  local look_at = now + call.slot_ms
  if redis.call('EXISTS', delivery.drains_key) == 0 then
    -- Nobody drains the lane. If it is blocked, a drain would find nothing: the dispatcher wakes it when that is over.
    local closed = redis.call('HMGET', call.lane_prefix .. lane, 'open_until', 'paused_until')
    local blocked_until = math.max(tonumber(closed[1] or '0'), tonumber(closed[2] or '0'))
    if blocked_until > now then
      look_at = blocked_until
    else
      slot_number = slot_number + 1
      local slot = call.slot_prefix .. slot_number
      redis.call('ZADD', delivery.drains_key, now + call.slot_ms, slot)
      result[#result + 1] = slot
      result[#result + 1] = lane
    end
  elseif redis.call('EXISTS', delivery.wake_key) == 0 then
    redis.call('RPUSH', delivery.wake_key, 1)
    redis.call('PEXPIRE', delivery.wake_key, call.slot_ms)
  end
  redis.call('ZADD', call.lanes, 'LT', look_at, lane)
end

-- Stores an explanation that several events share, for as long as the longest-lived of these events.
local function keep_explanation(explanation, seconds)
  if not shared[explanation] or (stored[explanation] or 0) >= seconds then return end
  stored[explanation] = seconds
  if redis.call('EXISTS', explanation) == 1 then
    redis.call('EXPIRE', explanation, seconds, 'GT')
  else
    redis.call('SET', explanation, shared[explanation], 'EX', seconds)
  end
end

local function add_delivery(event, delivery, result)
  local delay_ms, lane = tonumber(delivery.delay_ms), delivery.lane
  local state, seconds = 'waiting', lives_s
  if delay_ms > 0 then
    state, seconds = 'held', lives_s + math.ceil(delay_ms / 1000)
    redis.call('EXPIRE', event.event_key, seconds, 'GT')
    keep_explanation(event.explanation, seconds)
  end
  redis.call('HSET', delivery.delivery_key, 'event', event.digest, 'event_id', event.id, 'type', event.type,
    'source', event.source, 'target', delivery.target, 'lane', lane, 'reasons', delivery.reasons,
    'state', state, 'accepted', now, 'due', now + delay_ms)
  redis.call('EXPIRE', delivery.delivery_key, seconds)
  redis.call('ZADD', event.deliveries_key, now, delivery.id)
  add_to_target(delivery.target, now, delivery.id)
  add_to_state(state == 'held' and 'held' or 'open', now, delivery.id)
  redis.call('ZADD', delivery.due_key, now + delay_ms, delivery.id)
  if delay_ms > 0 then -- the dispatcher wakes the lane
    redis.call('ZADD', call.lanes, 'LT', now + delay_ms, lane)
  elseif not roused[lane] then
    roused[lane] = true
    rouse(lane, delivery, result)
  end
end

-- Counts the people whom an event names and the directory does not have. *lines*: a role and a member in each.
local function count_strangers(lines)
  for role, member in string.gmatch(lines, '(%S+) ([^\n]+)') do
    local last, counts = call.strangers_prefix .. role, call.stranger_counts_prefix .. role
    redis.call('ZADD', last, now, member)
    redis.call('HINCRBY', counts, member, 1)
    if redis.call('ZCARD', last) > MAX_STRANGERS then
      redis.call('HDEL', counts, redis.call('ZPOPMIN', last)[1])
    end
    prolong(last, lives_s)
    prolong(counts, lives_s)
  end
end

-- The result for an event that was posted before; nil when it was not.
local function earlier_result(event)
  for _, key in ipairs(event.idempotency_keys) do
    local known = redis.call('GET', key)
    if known then
      local fingerprint, answer = string.match(known, '^(%S+) (.*)$')
      if fingerprint ~= event.fingerprint then return {'mismatch'} end
      return {'replayed', answer}
    end
  end
end

local function run_steps(event)
  local outcomes = {}
  for _, step in ipairs(event.timing.steps) do
    local outcome = run_step(step, event.timing)
    if outcome ~= 'none' then outcomes[#outcomes + 1] = step.about .. '=' .. outcome end
  end
  if #outcomes > 0 then redis.call('HSET', event.event_key, 'outcomes', table.concat(outcomes, ' ')) end
end

local function accept(event)
  local steps = event.timing
  local is_made = steps and steps.timers_key ~= ''
  -- Whoever evaluated the timer has read this version. If it is another now, the evaluation is out of date.
  if is_made and redis.call('HGET', steps.timer_key, 'version') ~= steps.timer_version then return {'gone'} end

  local function advance()
    if not is_made then return end
    advance_timer(steps.timers_key, steps.timer_key, steps.timer_id, steps.next_look, steps.evaluated_at, lives_s)
  end

  local earlier = earlier_result(event)
  if earlier then
    if earlier[1] == 'replayed' then count('events', event.category .. ' replayed') end
    return earlier
  end
  local known = redis.call('HMGET', event.event_key, 'fingerprint', 'answer')
  if known[1] then
    advance()
    if known[1] ~= event.fingerprint then return {'mismatch'} end
    count('events', event.category .. ' replayed')
    return {'replayed', known[2]}
  end

  local is_repeated = false
  if steps and steps.occasion ~= '' and is_notified(steps.occasion, steps.occasion_key, event.id, lives_s) then
    advance()
    if is_made then return {'repeated'} end
    is_repeated = true
    event.answer, event.explanation, event.deliveries = steps.notified_answer, steps.notified_explanation, {}
  end

  for _, key in ipairs(event.idempotency_keys) do
    local seconds = event.keys_live_s ~= '' and event.keys_live_s or call.idempotency_s
    redis.call('SET', key, event.fingerprint .. ' ' .. event.answer, 'EX', seconds)
  end
  -- A full server refuses a script at its first write, but only if this takes memory. So EXPIRE must not be first.
  local field = shared[event.explanation] and 'explained' or 'explanation'
  redis.call('HSET', event.event_key, 'event', event.document, field, event.explanation, 'config', event.config,
    'accepted', now, 'fingerprint', event.fingerprint, 'answer', event.answer, 'indexes', event.indexes)
  keep_explanation(event.explanation, lives_s)
  redis.call('EXPIRE', event.event_key, lives_s)
  redis.call('ZADD', event.events_key, now, event.digest)
  for name in each_index(event.indexes) do add_to_index(name, now, event.digest) end
  redis.call('SADD', call.sources, event.source)
  if event.strangers ~= '' then count_strangers(event.strangers) end

  count('events', event.category .. ' ' .. (is_repeated and 'repeated' or event.status))
  local result = {is_repeated and 'repeated' or 'accepted'}
  for _, delivery in ipairs(event.deliveries) do add_delivery(event, delivery, result) end
  if steps then
    advance()
    run_steps(event)
  end
  return result
end

local results = {}
for number = 1, call.events do results[number] = accept(read_event()) end
save_counts()
return results

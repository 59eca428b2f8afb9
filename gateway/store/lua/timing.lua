-- What events do to time: functions for the scripts that are named after this one when they are loaded.
--
-- timer:<id> is a hash: type, source, at (ms), version, record (JSON), data (JSON of the event that set it),
-- family (key of a set, or ''), looked (ms; after the first evaluation), u:<event type> (time in ms, blank, JSON
-- data that is newer). A function of `timing` takes its step, whose arguments STEPS lists, and what all steps of an
-- event share (the key of the tokens' counter, the event's data); it returns what became of it: one word. A timer
-- that is done keeps only `at` for a while: the same moment, told again, is not new.

local SET_ARGS = {'timers_key', 'timer_key', 'id', 'family_key', 'type', 'source', 'at', 'first_look', 'record'}
local UPDATE_ARGS = {'id', 'family_key', 'by', 'timer_prefix'}
local CANCEL_ARGS = {'timers_key', 'id', 'family_key', 'timer_prefix'}
local REPORT_THRESHOLD_ARGS = {'threshold_key', 'side', 'timers_key', 'timer_key', 'id', 'type', 'source', 'record'}
local ADD_TO_ROLLUP_ARGS = {'open_key', 'items_key', 'member', 'since', 'item', 'timers_key', 'timer_key', 'id', 'type',
  'source', 'next_look', 'record'}
local REMOVE_FROM_ROLLUP_ARGS = {'open_key', 'items_key', 'member'}
local HOLD_ARGS = {'held_key', 'delivery_id', 'lives_s'}
local DROP_ARGS = {'held_key', 'event_id', 'delivery_prefix', 'due_prefix'}
local STEPS = {
  set = SET_ARGS,
  update = UPDATE_ARGS,
  cancel = CANCEL_ARGS,
  report_threshold = REPORT_THRESHOLD_ARGS,
  add_to_rollup = ADD_TO_ROLLUP_ARGS,
  remove_from_rollup = REMOVE_FROM_ROLLUP_ARGS,
  hold = HOLD_ARGS,
  drop = DROP_ARGS,
}

local function remove_timer(timers_key, timer_key, id)
  local family = redis.call('HGET', timer_key, 'family')
  if family and family ~= '' then redis.call('SREM', family, id) end
  redis.call('ZREM', timers_key, id)
  return redis.call('DEL', timer_key)
end

local function add_timer(step, shared, at, look_at, data)
  redis.call('DEL', step.timer_key)
  redis.call('HSET', step.timer_key, 'version', redis.call('INCR', shared.tokens_key), 'type', step.type,
    'source', step.source, 'at', at, 'record', step.record, 'data', data, 'family', step.family_key or '')
  redis.call('ZADD', step.timers_key, look_at, step.id)
end

local timing = {}

function timing.set(step, shared)
  local at = redis.call('HGET', step.timer_key, 'at')
  if at == step.at then
    if not redis.call('ZSCORE', step.timers_key, step.id) then return 'done' end
    for _, field in ipairs(redis.call('HKEYS', step.timer_key)) do
      if string.sub(field, 1, 2) == 'u:' then redis.call('HDEL', step.timer_key, field) end
    end
    redis.call('HSET', step.timer_key, 'record', step.record, 'data', shared.data)
    return 'kept'
  end
  add_timer(step, shared, step.at, math.max(now, tonumber(step.first_look)), shared.data)
  if step.family_key ~= '' then redis.call('SADD', step.family_key, step.id) end
  return at and 'moved' or 'set'
end

function timing.update(step, shared)
  local ids = redis.call('SMEMBERS', step.family_key)
  ids[#ids + 1] = step.id
  local result = 'none'
  for _, id in ipairs(ids) do
    if redis.call('HEXISTS', step.timer_prefix .. id, 'record') == 1 then
      redis.call('HSET', step.timer_prefix .. id, 'u:' .. step.by, now .. ' ' .. shared.data)
      result = 'updated'
    end
  end
  return result
end

-- With a family_key all timers of the subject, else the one with the id.
function timing.cancel(step)
  local family = step.family_key ~= '' and step.family_key or step.timer_prefix .. step.id
  if redis.call('EXISTS', family, step.timer_prefix .. step.id) == 0 then return 'none' end -- mostly there is none
  local ids = step.family_key ~= '' and redis.call('SMEMBERS', step.family_key) or {}
  ids[#ids + 1] = step.id
  local result = 'none'
  for _, id in ipairs(ids) do
    if redis.call('ZSCORE', step.timers_key, id) then result = 'cancelled' end
    remove_timer(step.timers_key, step.timer_prefix .. id, id)
  end
  return result
end

function timing.report_threshold(step, shared)
  if step.side == 'above' then
    return redis.call('DEL', step.threshold_key) == 1 and 'armed' or 'none'
  elseif step.side ~= 'crossed' then
    return 'none'
  elseif not redis.call('SET', step.threshold_key, 'gateway', 'NX') then
    return 'done'
  end
  add_timer(step, shared, now, now, shared.data)
  return 'set'
end

function timing.add_to_rollup(step, shared)
  local is_new = redis.call('ZADD', step.open_key, 'NX', step.since, step.member) == 1
  redis.call('HSET', step.items_key, step.member, step.item)
  if not redis.call('ZSCORE', step.timers_key, step.id) then
    add_timer(step, shared, step.next_look, step.next_look, '{}')
  end
  return is_new and 'set' or 'kept'
end

function timing.remove_from_rollup(step)
  redis.call('HDEL', step.items_key, step.member)
  return redis.call('ZREM', step.open_key, step.member) == 1 and 'cancelled' or 'none'
end

function timing.hold(step)
  redis.call('SADD', step.held_key, step.delivery_id)
  redis.call('EXPIRE', step.held_key, step.lives_s)
  return 'held'
end

function timing.drop(step)
  local result = 'none'
  for _, id in ipairs(redis.call('SMEMBERS', step.held_key)) do
    local delivery_key = step.delivery_prefix .. id
    local delivery = redis.call('HMGET', delivery_key, 'state', 'lane')
    if delivery[1] == 'held' then
      redis.call('HSET', delivery_key, 'state', 'dropped', 'settled', now, 'dropped_by', step.event_id)
      redis.call('ZREM', step.due_prefix .. delivery[2], id)
      result = 'dropped'
    end
  end
  redis.call('DEL', step.held_key)
  return result
end

-- Takes the evaluation of a timer into account: it is looked at again at *next_look* (ms), or done when that is ''.
local function advance_timer(timers_key, timer_key, id, next_look, evaluated_at, lives_s)
  if next_look ~= '' then
    redis.call('HSET', timer_key, 'looked', evaluated_at)
    redis.call('ZADD', timers_key, next_look, id)
    return
  end
  local at = redis.call('HGET', timer_key, 'at')
  remove_timer(timers_key, timer_key, id)
  redis.call('HSET', timer_key, 'at', at)
  redis.call('EXPIRE', timer_key, lives_s)
end

-- Whether somebody else has notified of an occasion; from now on *who* has.
local function is_notified(kind, key, who, lives_s)
  local before = redis.call('GET', key)
  if kind == 'threshold' then
    redis.call('SET', key, 'source')
    return before == 'gateway'
  end
  if not before then redis.call('SET', key, who, 'EX', lives_s) end
  return before
end

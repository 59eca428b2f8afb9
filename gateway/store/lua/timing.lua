-- Shared by the scripts that set, cancel and evaluate timers: a function for each kind of step, and what they have in
-- common. `drop` uses the functions of `indexes` and `counters`.
--
-- timer:<id> is a hash with the fields type, source, at (ms), version, record (JSON), data (JSON of a threshold's
-- event), family (key of a set, or ''), looked (ms; after the first evaluation), set_at (time of the event that set
-- it), facts and own (scopes of its facts), and suspended (time of the event that suspended it). A timer that is done
-- keeps only `at` for a while, so that the same moment, when it is posted again, does not set it again.
--
-- The function of a step gets the step, whose arguments `step_args` lists, and what all steps of an event share (its
-- time in ms, its data, the key of the tokens' counter). It returns the outcome of the step in one word.
--
-- Events may come late, twice, or in another order than they happened. So each fact of a subject is stored with the
-- time of the event that gave it, and only an event of the same time or a later one replaces it. A cancellation leaves
-- a mark among the facts (`!<type>`: its time, and what it did), so that an older event that comes after it sets no
-- timer. It does not cancel what a later event has set. A suspended timer stays stored, so that it can be resumed.
--
-- A mark has the scope of its cancellation: the subject, or the keys of a timer, some of which may be left out. In the
-- step `set`, `marked` are all scopes with keys whose marks count for its timer.

local SET_ARGS = {'timers_key', 'timer_key', 'id', 'family_key', 'type', 'source', 'at', 'first_look', 'record',
  'facts', 'own_facts', 'marked', 'at_field', 'facts_prefix'}
local UPDATE_ARGS = {'id', 'family_key', 'timer_prefix'}
local CANCEL_ARGS = {'type', 'timers_key', 'id', 'family_key', 'facts_key', 'wanted_keys', 'cleared_field', 'suspends',
  'is_dated',
  'timer_prefix'}
local RESUME_ARGS = {'type', 'timers_key', 'id', 'family_key', 'facts_key', 'is_dated', 'timer_prefix'}
local REMEMBER_ARGS = {'facts_key', 'fields'}
local REPORT_THRESHOLD_ARGS = {'threshold_key', 'side', 'timers_key', 'timer_key', 'id', 'type', 'source', 'record'}
local ADD_TO_ROLLUP_ARGS = {'open_key', 'items_key', 'member', 'since', 'item', 'timers_key', 'timer_key', 'id', 'type',
  'source', 'next_look', 'record'}
local REMOVE_FROM_ROLLUP_ARGS = {'open_key', 'items_key', 'member'}
local HOLD_ARGS = {'held_key', 'delivery_id', 'lives_s'}
local DROP_ARGS = {'held_key', 'event_id', 'delivery_prefix', 'due_prefix'}
local REFRESH_ARGS = {'held_key', 'fields', 'delivery_prefix', 'event_prefix'}

-- The names of a step's arguments. This is a function and no table, since a call needs only a few of the lists.
local function step_args(name)
  if name == 'set' then return SET_ARGS end
  if name == 'update' then return UPDATE_ARGS end
  if name == 'cancel' then return CANCEL_ARGS end
  if name == 'resume' then return RESUME_ARGS end
  if name == 'remember' then return REMEMBER_ARGS end
  if name == 'report_threshold' then return REPORT_THRESHOLD_ARGS end
  if name == 'add_to_rollup' then return ADD_TO_ROLLUP_ARGS end
  if name == 'remove_from_rollup' then return REMOVE_FROM_ROLLUP_ARGS end
  if name == 'hold' then return HOLD_ARGS end
  if name == 'drop' then return DROP_ARGS end
  return REFRESH_ARGS
end

local DAY_MS = 86400000
local FACTS_LIVE_MS = 30 * DAY_MS -- from the last event about a subject; at least until a day after its last moment
local MAX_FACTS = 64 -- of a subject; a source that invents names must not fill the memory

local function remove_timer(timers_key, timer_key, id)
  local family = redis.call('HGET', timer_key, 'family')
  if family and family ~= '' then redis.call('SREM', family, id) end
  redis.call('ZREM', timers_key, id)
  return redis.call('DEL', timer_key)
end

-- Records that a timer was evaluated. It is evaluated again at *next_look* (ms), or is done when that is ''.
local function advance_timer(timers_key, timer_key, id, next_look, evaluated_at, lives_s)
  if next_look ~= '' then
    redis.call('HSET', timer_key, 'looked', evaluated_at)
    redis.call('ZADD', timers_key, next_look, id)
    return
  end
  -- Its moment is remembered, so that a source which posts the same moment again does not set it again.
  local at = redis.call('HGET', timer_key, 'at')
  remove_timer(timers_key, timer_key, id)
  redis.call('HSET', timer_key, 'at', at)
  redis.call('EXPIRE', timer_key, lives_s)
end

-- Whether another event than *who* has notified of an occasion. If none has, *who* is stored as the one that has.
local function is_notified(kind, key, who, lives_s)
  local before = redis.call('GET', key)
  if kind == 'threshold' then
    redis.call('SET', key, 'source')
    return before == 'gateway'
  end
  if not before then redis.call('SET', key, who, 'EX', lives_s) end
  return before
end

-- Whether a step cancels or resumes timers of a subject about which nothing is stored, as most of them do: this look is
-- then all that the event costs. A dated event leaves a mark all the same, for an older one that may come after it.
local function is_idle(step)
  if step.is_dated ~= '' then return false end -- steps of other kinds have no such field, and are never idle
  local timer_key = step.timer_prefix .. step.id
  local family_key = step.family_key ~= '' and step.family_key or timer_key
  return redis.call('EXISTS', family_key, timer_key, step.facts_key) == 0
end

-- The functions of the steps, by their names. A call defines them only when it has a step that is not idle, since each
-- definition costs the server half a microsecond.
local function step_functions()
  local timing = {}

  local function add_timer(step, shared, at, look_at, data)
    redis.call('DEL', step.timer_key)
    redis.call('HSET', step.timer_key, 'version', redis.call('INCR', shared.tokens_key), 'type', step.type,
      'source', step.source, 'at', at, 'record', step.record, 'data', data, 'family', step.family_key or '')
    redis.call('ZADD', step.timers_key, look_at, step.id)
  end

  -- The time and text of a fact or mark; nil when there is none.
  local function read_fact(facts_key, field)
    local fact = redis.call('HGET', facts_key, field)
    if not fact then return nil end
    local time, text = string.match(fact, '^(%-?%d+) (.*)$')
    return tonumber(time), text
  end

  local function keep_alive(key, lives_ms)
    if redis.call('PTTL', key) < lives_ms then redis.call('PEXPIRE', key, lives_ms) end
  end

  -- For how many ms a key must live that is needed until *at*.
  local function lives_until(at)
    return math.max(FACTS_LIVE_MS, tonumber(at) - now + DAY_MS)
  end

  function timing.remember(step, shared)
    -- The values are copied as they are, as JSON in JSON: cjson would not give large numbers and empty lists back.
    local time, fields, names, newer = tonumber(shared.time), cjson.decode(step.fields), {}, {}
    for i = 1, #fields, 2 do names[#names + 1] = fields[i] end
    local known = redis.call('HMGET', step.facts_key, unpack(names))
    local room = MAX_FACTS - redis.call('HLEN', step.facts_key)
    for i, name in ipairs(names) do
      local said_at = known[i] and tonumber(string.match(known[i], '^(%-?%d+) '))
      if said_at and said_at <= time or not said_at and room > 0 then
        newer[#newer + 1] = name
        newer[#newer + 1] = shared.time .. ' ' .. fields[2 * i]
        if not said_at then room = room - 1 end
      end
    end
    if #newer > 0 then
      redis.call('HSET', step.facts_key, unpack(newer))
      keep_alive(step.facts_key, FACTS_LIVE_MS)
    end
    return 'none'
  end

  local function suspend_timer(timers_key, timer_key, id, shared)
    redis.call('ZREM', timers_key, id)
    redis.call('HSET', timer_key, 'suspended', shared.time, 'version', redis.call('INCR', shared.tokens_key))
    redis.call('PEXPIRE', timer_key, lives_until(redis.call('HGET', timer_key, 'at')))
  end

  local function resume_timer(timers_key, timer_key, id, shared)
    redis.call('HDEL', timer_key, 'suspended')
    redis.call('HSET', timer_key, 'version', redis.call('INCR', shared.tokens_key))
    redis.call('PERSIST', timer_key)
    redis.call('ZADD', timers_key, now, id) -- an evaluation decides which lead is next
  end

  function timing.set(step, shared)
    local time = tonumber(shared.time)
    local facts_key, own_key = step.facts_prefix .. step.facts, step.facts_prefix .. step.own_facts
    if (read_fact(own_key, step.at_field) or time) > time then return 'older' end
    local marked_at, mark = read_fact(facts_key, '!' .. step.type)
    for scope in string.gmatch(step.marked, '%S+') do
      local own_marked_at, own_mark = read_fact(step.facts_prefix .. scope, '!' .. step.type)
      if own_marked_at and (not marked_at or own_marked_at > marked_at) then
        marked_at, mark = own_marked_at, own_mark
      end
    end
    -- A later event may have cancelled the timer, or suspended it. A timer that is suspended is stored with its moment,
    -- for the event that resumes it.
    local is_open = not marked_at or marked_at <= time or mark == 'resumed'
    if not is_open and mark == 'cancelled' then return 'older' end
    keep_alive(facts_key, lives_until(step.at))
    keep_alive(own_key, lives_until(step.at))

    local stored = redis.call('HMGET', step.timer_key, 'at', 'suspended')
    if stored[1] == step.at and is_open then
      if stored[2] then
        resume_timer(step.timers_key, step.timer_key, step.id, shared)
        return 'resumed'
      end
      if not redis.call('ZSCORE', step.timers_key, step.id) then return 'done' end
      redis.call('HSET', step.timer_key, 'record', step.record, 'set_at', shared.time)
      return 'kept'
    end
    add_timer(step, shared, step.at, math.max(now, tonumber(step.first_look)), '{}')
    redis.call('HSET', step.timer_key, 'set_at', shared.time, 'facts', step.facts, 'own', step.own_facts)
    if step.family_key ~= '' then redis.call('SADD', step.family_key, step.id) end
    if not is_open then
      suspend_timer(step.timers_key, step.timer_key, step.id, shared)
      return 'suspended'
    end
    return stored[1] and 'moved' or 'set'
  end

  -- The ids of a subject's timers, some of which may not exist: all of the family, or only the step's id without one.
  local function timers_of(step)
    local ids = step.family_key ~= '' and redis.call('SMEMBERS', step.family_key) or {}
    ids[#ids + 1] = step.id
    return ids
  end

  function timing.update(step)
    for _, id in ipairs(timers_of(step)) do
      if redis.call('HEXISTS', step.timer_prefix .. id, 'record') == 1 then return 'updated' end
    end
    return 'none'
  end

  -- Stores a mark with what an event has done to a subject's timers. False, and no mark, if a later event left one.
  local function mark_timers(step, shared, word)
    local marked_at = read_fact(step.facts_key, '!' .. step.type)
    if marked_at and marked_at > tonumber(shared.time) then return false end
    redis.call('HSET', step.facts_key, '!' .. step.type, shared.time .. ' ' .. word)
    keep_alive(step.facts_key, FACTS_LIVE_MS)
    return true
  end

  -- Whether a timer has the keys *wanted* (JSON), of which an empty one matches any key; '' matches every timer.
  local function has_keys(record, wanted)
    if wanted == '' then return true end
    local keys = record and cjson.decode(record).keys or {}
    for i, key in ipairs(cjson.decode(wanted)) do
      if key ~= '' and key ~= keys[i] then return false end
    end
    return true
  end

  function timing.cancel(step, shared)
    local time, result = tonumber(shared.time), 'none'
    -- An event without a moment leaves no mark: the field that it clears has its time.
    if step.cleared_field ~= '' then
      if (read_fact(step.facts_key, step.cleared_field) or time) > time then return 'older' end
    elseif not mark_timers(step, shared, step.suspends ~= '' and 'suspended' or 'cancelled') then
      return 'older'
    end
    for _, id in ipairs(timers_of(step)) do
      local timer_key = step.timer_prefix .. id
      local timer = redis.call('HMGET', timer_key, 'set_at', 'record', 'suspended')
      if tonumber(timer[1] or time) <= time and has_keys(timer[2], step.wanted_keys) then
        if redis.call('ZSCORE', step.timers_key, id) then result = 'cancelled' end
        if step.suspends == '' then
          remove_timer(step.timers_key, timer_key, id)
        elseif timer[2] and not timer[3] then
          suspend_timer(step.timers_key, timer_key, id, shared)
        end
      end
    end
    return result
  end

  function timing.resume(step, shared)
    local time, result = tonumber(shared.time), 'none'
    if not mark_timers(step, shared, 'resumed') then return 'older' end
    for _, id in ipairs(timers_of(step)) do
      local suspended = redis.call('HGET', step.timer_prefix .. id, 'suspended')
      if suspended and tonumber(suspended) <= time then
        resume_timer(step.timers_key, step.timer_prefix .. id, id, shared)
        result = 'resumed'
      end
    end
    return result
  end

  function timing.report_threshold(step, shared)
    if step.side == 'above' then
      return redis.call('DEL', step.threshold_key) == 1 and 'armed' or 'none'
    elseif step.side == 'below' then -- a value that rises from below crosses nothing
      redis.call('SET', step.threshold_key, 'below', 'NX')
      return 'none'
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
    -- One timer for the whole list: whatever is added later waits for the evaluation that is already planned.
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
        add_to_index('dropped', remove_held(id) or now, id)
        count('deliveries', 'unknown dropped')
        redis.call('ZREM', step.due_prefix .. delivery[2], id)
        result = 'dropped'
      end
    end
    redis.call('DEL', step.held_key)
    return result
  end

  -- Stores newer values for fields of held events, each with its time; they replace the event's own when it is sent.
  function timing.refresh(step, shared)
    local result, fields = 'none', cjson.decode(step.fields)
    for _, id in ipairs(redis.call('SMEMBERS', step.held_key)) do
      local held = redis.call('HMGET', step.delivery_prefix .. id, 'state', 'event')
      local event_key = step.event_prefix .. (held[2] or '')
      if held[1] == 'held' and redis.call('EXISTS', event_key) == 1 then
        local newer, known = cjson.decode(redis.call('HGET', event_key, 'newer') or '{}'), 0
        for _ in pairs(newer) do known = known + 1 end
        for i = 1, #fields, 2 do
          local said_at = newer[fields[i]] and tonumber(string.match(newer[fields[i]], '^(%-?%d+) '))
          if said_at and said_at <= tonumber(shared.time) or not said_at and known < MAX_FACTS then
            newer[fields[i]] = shared.time .. ' ' .. fields[i + 1]
            if not said_at then known = known + 1 end
          end
        end
        if known > 0 then redis.call('HSET', event_key, 'newer', cjson.encode(newer)) end
        result = 'refreshed'
      end
    end
    return result
  end

  return timing
end

local functions

-- Runs a step and returns its outcome.
local function run_step(step, shared)
  if is_idle(step) then return 'none' end
  functions = functions or step_functions()
  return functions[step.name](step, shared)
end

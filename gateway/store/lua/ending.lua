-- Shared by the scripts that end deliveries (record_results, claim, reap, report_crash): makes dead letters and asks
-- for alarms. Uses the functions of `call`, `keeping`, `indexes` and `counters`. ENDING_KEYS and ENDING_ARGS are read
-- first.

local ENDING_KEYS = {'dead', 'disabled', 'attention', 'alarmed', 'alarms'}
local ENDING_ARGS = {'dead_retention_s'}

local ending = read_args(ENDING_ARGS, read_keys(ENDING_KEYS))
local OWN_SOURCE = 'gateway' -- the source of alarms, whose own deliveries raise no alarm

-- Asks for an alarm, unless there was one of this kind and name that nobody has dealt with, less than a day ago.
local function alarm(kind, name, id, source)
  if source == OWN_SOURCE then return end
  if redis.call('HSETNX', ending.alarmed, kind .. ' ' .. name, now) == 1 then
    redis.call('RPUSH', ending.alarms, table.concat({kind, name, id, now}, ' '))
  end
end

-- Makes a delivery a dead letter, which is kept with its event for the dead retention. A target that answered 410 is
-- disabled; a target that rejects the gateway's credentials (401, 403) or does not exist (404) needs attention.
local function bury(id, delivery_key, event_key, reason, service)
  local known = redis.call('HMGET', delivery_key, 'target', 'source')
  local target, source = known[1], known[2]
  count('deliveries', (service or 'unknown') .. ' dead')
  redis.call('HSET', delivery_key, 'state', 'dead', 'reason', reason, 'settled', now)
  redis.call('ZADD', ending.dead, now, id)
  remove_from_index('open', id)
  remove_from_index('held', id)
  -- Trimmed here, since `trim.lua` goes by the retention, and these live for the dead retention.
  for _, name in ipairs({'dead-of:' .. source, 'dead-to:' .. target}) do
    add_to_index(name, now, id, ending.dead_retention_s)
    redis.call('ZREMRANGEBYSCORE', indexes.index_prefix .. name, '-inf', now - ending.dead_retention_s * 1000)
  end
  add_contact(target, ending.dead_retention_s)
  keep(delivery_key, event_key, ending.dead_retention_s)
  if reason == 'gone' then
    redis.call('HSET', ending.disabled, target, now)
    alarm('target_disabled', target, id, source)
  elseif reason ~= 'disabled' then -- that a target is disabled was an alarm already
    if reason == 'unauthorized' or reason == 'not-found' then
      redis.call('HSET', ending.attention, target, reason .. ' ' .. now)
    end
    alarm('dead_letter', target, id, source)
  end
end

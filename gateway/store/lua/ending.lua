-- What the scripts share that end deliveries (settle, claim, reap): dead letters, and the alarms of operators.
-- With the functions of `keeping`.
--
-- KEYS  1 dead  2 disabled  3 attention  4 alarmed  5 alarms
-- ARGV  1 dead retention in s

local DEAD, DISABLED, ATTENTION, ALARMED, ALARMS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local OWN = 'gateway' -- the source of alarms: their deliveries raise none

-- Asks for an alarm: once for each trouble, until somebody has dealt with it or a day has passed.
local function alarm(kind, name, id, source, now)
  if source == OWN then return end
  if redis.call('HSETNX', ALARMED, kind .. ' ' .. name, now) == 1 then
    redis.call('RPUSH', ALARMS, table.concat({kind, name, id, now}, ' '))
  end
end

-- Makes a delivery a dead letter, kept with its event for the dead retention. A target that answered 410 is
-- disabled; one that refuses the gateway itself (401, 403) or is not there (404) needs attention.
local function bury(id, delivery_key, event_key, reason, now)
  local known = redis.call('HMGET', delivery_key, 'target', 'source')
  local target, source = known[1], known[2]
  redis.call('HSET', delivery_key, 'state', 'dead', 'reason', reason, 'settled', now)
  redis.call('ZADD', DEAD, now, id)
  keep(delivery_key, event_key, ARGV[1])
  if reason == 'gone' then
    redis.call('HSET', DISABLED, target, now)
    alarm('target_disabled', target, id, source, now)
  elseif reason ~= 'disabled' then
    if reason == 'unauthorized' or reason == 'not-found' then
      redis.call('HSET', ATTENTION, target, reason .. ' ' .. now)
    end
    alarm('dead_letter', target, id, source, now)
  end
end

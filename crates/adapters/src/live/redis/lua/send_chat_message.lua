local id, seq, body = ARGV[6], ARGV[7], ARGV[8]
local key = base .. 'c:' .. id
local known = redis.call('HGET', key, 'last_seq')
if tonumber(seq) <= last_told(id, { last_seq = known or '0' }) then return 0 end
append('chat:' .. id, seq, body)
-- A log that nobody removes goes by itself.
redis.call('EXPIRE', base .. 'log:chat:' .. id, 86400)
if known then redis.call('HSET', key, 'last_seq', seq) end
tell('chat:' .. id, '0', seq, body)
return 1

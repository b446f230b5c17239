local id = ARGV[6]
local before = fetch(base .. 'c:' .. id)
if not before then return { 'missing' } end
redis.call('DEL', base .. 'c:' .. id, base .. 'log:chat:' .. id)
reindex('ix:c', id, 0, before, nil, CHAT_FIELDS)
shift_burden(id, burden(before), nil)
return { 'ok', flat(before) }

local before = remove_agent(ARGV[6])
if before then return { 'ok', flat(before) } end
return { 'missing' }

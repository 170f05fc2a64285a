/**
 * Loaded into the coordinator ahead of it (`node --expose-gc --import`): says over the channel to its parent
 * how large its heap is after a collection.
 */
process.on('message', () => {
  const collect = (globalThis as { gc?: () => void }).gc!;
  collect();
  collect();
  const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage();
  process.send!({ heapUsed, rss, external, arrayBuffers });
});
// Whoever measures it has ended, however that was.
process.on('disconnect', () => process.exit(1));
process.channel!.unref();

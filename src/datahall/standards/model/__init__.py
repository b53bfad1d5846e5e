"""What standards are: vocabulary, code tables, data elements, sources.  No I/O."""

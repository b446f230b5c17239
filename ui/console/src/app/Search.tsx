import { SearchOutlined } from "@ant-design/icons";
import { Input } from "antd";
import { useEffect, useState } from "react";

interface SearchProps {
  value: string;
  label: string;
  onChange: (value: string) => void;
  className?: string;
}

/** A field whose words are asked for when the typing rests. */
export function Search({ value, label, onChange, className }: SearchProps) {
  const [words, setWords] = useState(value);
  useEffect(() => setWords(value), [value]);
  useEffect(() => {
    if (words.trim() === value) return;
    const timer = setTimeout(() => onChange(words.trim()), 350);
    return () => clearTimeout(timer);
  });
  return <Input allowClear className={className ?? ""} prefix={<SearchOutlined aria-hidden="true" />} value={words} placeholder={label} aria-label={label} onChange={(event) => setWords(event.target.value)} />;
}

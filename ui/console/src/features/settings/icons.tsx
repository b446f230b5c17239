import { ApartmentOutlined, ApiOutlined, BranchesOutlined, FieldTimeOutlined, FileSearchOutlined, FileTextOutlined, GlobalOutlined, InboxOutlined, KeyOutlined, LinkOutlined, MessageOutlined, RetweetOutlined, SafetyOutlined, ThunderboltOutlined, UserOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import type { Section } from "./sections";

export const sectionIcons: Record<Section["name"], ReactNode> = {
  widgets: <MessageOutlined aria-hidden="true" />,
  departments: <ApartmentOutlined aria-hidden="true" />,
  macros: <FileTextOutlined aria-hidden="true" />,
  ticketRules: <FieldTimeOutlined aria-hidden="true" />,
  users: <UserOutlined aria-hidden="true" />,
  roles: <SafetyOutlined aria-hidden="true" />,
  apiKeys: <KeyOutlined aria-hidden="true" />,
  webhooks: <ApiOutlined aria-hidden="true" />,
  integrations: <LinkOutlined aria-hidden="true" />,
  events: <ThunderboltOutlined aria-hidden="true" />,
  explorer: <FileSearchOutlined aria-hidden="true" />,
  deadLetters: <InboxOutlined aria-hidden="true" />,
  replays: <RetweetOutlined aria-hidden="true" />,
  subscriptions: <BranchesOutlined aria-hidden="true" />,
  sites: <GlobalOutlined aria-hidden="true" />,
};

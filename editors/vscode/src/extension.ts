// Starts the language server of the installed qp-lint and lets it speak with the editor.

import { commands, ExtensionContext, LogOutputChannel, window, workspace } from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

const SECTION = "qp-lint";
const LANGUAGES = ["python", "yaml", "json", "jsonc", "shellscript", "toml", "makefile", "dockerfile", "dockercompose", "markdown"];

let client: LanguageClient | undefined;

function create(log: LogOutputChannel): LanguageClient {
  const settings = workspace.getConfiguration(SECTION);
  const [command = "qp-lint", ...before] = settings.get<string[]>("path", ["qp-lint"]);
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  const server: ServerOptions = { command, args: [...before, "server"], options: { cwd: folder } };
  const options: LanguageClientOptions = {
    documentSelector: LANGUAGES.map((language) => ({ scheme: "file", language })),
    outputChannel: log,
    initializationOptions: settings,
  };
  return new LanguageClient(SECTION, "qp-lint", server, options);
}

async function start(log: LogOutputChannel): Promise<void> {
  client = create(log);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    log.error(String(error));
    const choice = await window.showErrorMessage(
      "qp-lint's language server did not start. It needs qp-lint with the extra lsp: pip install 'qp-lint[lsp]'",
      "Show Log",
    );
    if (choice) {
      log.show();
    }
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("qp-lint", { log: true });
  const restart = async () => {
    await stop();
    await start(log);
  };
  context.subscriptions.push(
    log,
    commands.registerCommand("qp-lint.restart", restart),
    commands.registerCommand("qp-lint.showLog", () => log.show()),
    workspace.onDidChangeConfiguration((change) => (change.affectsConfiguration("qp-lint.path") ? restart() : undefined)),
  );
  await start(log);
}

export function deactivate(): Promise<void> {
  return stop();
}

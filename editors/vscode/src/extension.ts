// Starts the language server of the installed qp-lint and lets it speak with the editor.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { commands, ExtensionContext, LogOutputChannel, window, workspace } from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

const SECTION = "qp-lint";
const LANGUAGES = ["python", "yaml", "json", "jsonc", "shellscript", "toml", "makefile", "dockerfile", "dockercompose", "markdown"];
// Files that VS Code has no language for, or that another extension may have given one of its own.
const PATTERNS = [
  "**/*.{toml,slurm,sbatch,zsh,ksh,just,j2,jinja,jinja2}",
  "**/{justfile,Justfile,.justfile}",
  "**/*{requirements,constraints}*.{txt,in}",
  "**/requirements/*.{txt,in}",
];
const ENVIRONMENTS = [".venv", "venv"];
const PROGRAM = process.platform === "win32" ? "Scripts/qp-lint.exe" : "bin/qp-lint";

/** Says nothing to the user while it starts: what went wrong then is told once, by us. */
class Client extends LanguageClient {
  starting = true;

  override error(message: string, data?: unknown, showNotification?: boolean | "force"): void {
    super.error(message, data, this.starting ? false : showNotification);
  }
}

let client: Client | undefined;

/** The command that starts qp-lint: the setting, else what the project has installed, else the one on the PATH. */
function commandLine(folder: string | undefined): string[] {
  const chosen = workspace.getConfiguration(SECTION).get<string[]>("path", []);
  if (chosen.length > 0) {
    return chosen;
  }
  const places = folder && workspace.isTrusted ? ENVIRONMENTS.map((name) => join(folder, name, PROGRAM)) : [];
  return [places.find(existsSync) ?? "qp-lint"];
}

function create(log: LogOutputChannel): Client {
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  const [command, ...before] = commandLine(folder);
  // Windows looks for a program in the working directory first, which in a folder that is not trusted may hold one.
  const options = workspace.isTrusted ? { cwd: folder } : {};
  const server: ServerOptions = { command, args: [...before, "server"], options };
  const selector: LanguageClientOptions["documentSelector"] = [
    { notebook: "jupyter-notebook", language: "python" },
    ...LANGUAGES.map((language) => ({ scheme: "file", language })),
    ...PATTERNS.map((pattern) => ({ scheme: "file", pattern })),
  ];
  const clientOptions: LanguageClientOptions = {
    documentSelector: selector,
    outputChannel: log,
    initializationOptions: workspace.getConfiguration(SECTION),
  };
  return new Client(SECTION, "qp-lint", server, clientOptions);
}

async function start(log: LogOutputChannel): Promise<void> {
  const starting = create(log);
  client = starting;
  try {
    await starting.start();
    starting.starting = false;
  } catch (error) {
    client = undefined;
    log.error(String(error));
    if (!workspace.isTrusted) {
      return; // it may lie in the folder, and is tried again once that is trusted
    }
    const choice = await window.showErrorMessage(
      "qp-lint's language server did not start. It needs qp-lint with the extra lsp: pip install 'qp-lint[lsp]'",
      "Show Log",
      "Restart",
    );
    if (choice === "Restart") {
      await start(log);
    } else if (choice) {
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
    workspace.onDidGrantWorkspaceTrust(restart),
  );
  await start(log);
}

export function deactivate(): Promise<void> {
  return stop();
}

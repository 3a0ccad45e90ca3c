import type { LitElement, ReactiveController } from 'lit';

/** Closes the menu of an element, its `details`, when Escape is pressed or a person turns to anything else. */
export class ClosesMenu implements ReactiveController {
  constructor(private readonly host: LitElement) {
    host.addController(this);
  }

  hostConnected() {
    addEventListener('pointerdown', this.turned);
    addEventListener('focusin', this.turned);
    this.host.addEventListener('keydown', this.pressed);
  }

  hostDisconnected() {
    removeEventListener('pointerdown', this.turned);
    removeEventListener('focusin', this.turned);
    this.host.removeEventListener('keydown', this.pressed);
  }

  private get menu() {
    return this.host.renderRoot.querySelector('details');
  }

  private readonly turned = (event: Event) => {
    if (this.menu && !event.composedPath().includes(this.host)) this.menu.open = false;
  };

  private readonly pressed = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !this.menu?.open) return;
    event.stopPropagation();
    this.menu.open = false;
    this.menu.querySelector('summary')?.focus();
  };
}
